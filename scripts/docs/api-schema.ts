// Parts of an OpenAPI document as short text.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { in: string; name: string; description?: string; schema: Schema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** The status of the answer that the route is for: the first that its schema names. */
export function readStatus({ responses }: Operation): number {
  return Number(Object.keys(responses).find((code) => /^\d+$/.test(code)));
}

/** `200 {user: {id, username, roles: []}}` */
export function formatAnswer(operation: Operation): string {
  const status = readStatus(operation);
  const schema = operation.responses[status]?.content?.['application/json']?.schema;
  return schema === undefined ? `${status}` : `${status} \`${formatShape(schema)}\``;
}

export function formatBody({ requestBody }: Operation): string {
  const { properties = {} } = requestBody?.content['application/json']?.schema ?? {};
  return Object.entries(properties)
    .map(([name, schema]) => `\`${name}\` (${formatLimits(schema)})`)
    .join(', ');
}

export function formatQuery({ parameters = [] }: Operation): string {
  return parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, description, schema }) => `\`${name}\` (${description ?? formatLimits(schema)})`)
    .join(', ');
}

function formatShape({ $ref, type, properties, required = [], items }: Schema): string {
  if ($ref !== undefined) return '{statusCode, code, error, message}';
  if (type === 'array') return `[${formatShape(items ?? {})}]`;
  if (properties === undefined) return '';
  const fields = Object.entries(properties).map(([name, schema]) => {
    const shape = formatShape(schema);
    // A schema that requires no field has not declared which of them are optional.
    const mark = required.length > 0 && !required.includes(name) ? '?' : '';
    return shape === '' ? `${name}${mark}` : `${name}${mark}: ${shape}`;
  });
  return `{${fields.join(', ')}}`;
}

function formatLimits({ type, description, pattern, minimum, maximum, items }: Schema): string {
  if (description !== undefined) return description;
  if (pattern !== undefined) return `${type}, \`${pattern}\``;
  if (minimum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  return items === undefined ? `${type}` : `${type} of ${items.type}`;
}
