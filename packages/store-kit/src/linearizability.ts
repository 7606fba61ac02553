// Whether a history of concurrent calls can be explained by a session that does one call after the other.
//
//   call      began ├────────┤ ended       the call takes effect at one moment in between
//   no answer began ├─────────────···      it takes effect at some later moment, or never
//
// The search tries, as the next call, each one that began before any of the others had ended (Wing and Gong, 1993).

export type Call =
  | { readonly name: 'read' | 'touch' | 'destroy'; readonly id: number }
  | { readonly name: 'update'; readonly id: number; readonly version: number; readonly data: string }
  | { readonly name: 'replaceDetails'; readonly id: number; readonly from: string; readonly to: string }
  | { readonly name: 'rotate'; readonly id: number; readonly newId: number };

export interface RecordedCall {
  readonly client: number;
  readonly call: Call;
  /** Moments of a counter. */
  readonly began: number;
  /** Infinity if the store failed: whether and when the call took effect is unknown. */
  readonly ended: number;
  /** undefined if the store failed. */
  readonly answer: string | undefined;
}

/** A session and its successors. */
export interface ModelState {
  /** The valid id; undefined if the session has ended. */
  readonly id: number | undefined;
  /** The ids before it. */
  readonly former: readonly number[];
  readonly version: number;
  readonly data: string;
  readonly details: string;
}

/** What a correct store does. */
function applyCall(state: ModelState, call: Call): { readonly next: ModelState; readonly answer: string } {
  if (call.name === 'destroy') {
    // A destroy by a former id ends the successor, too.
    const ends = call.id === state.id || state.former.includes(call.id);
    return { next: ends ? { ...state, id: undefined } : state, answer: 'destroyed' };
  }
  if (call.id !== state.id) return { next: state, answer: call.name === 'read' ? 'nothing' : 'gone' };
  const version = state.version + 1;
  switch (call.name) {
    case 'read':
      return { next: state, answer: formatFound(state) };
    case 'touch':
      return { next: state, answer: 'touched' };
    case 'rotate':
      return { next: { ...state, id: call.newId, former: [...state.former, call.id], version }, answer: 'rotated' };
    case 'replaceDetails':
      if (call.from !== state.details) return { next: state, answer: 'conflict' };
      return { next: { ...state, details: call.to }, answer: 'replaced' };
    case 'update':
      if (call.version !== state.version) return { next: state, answer: 'conflict' };
      return { next: { ...state, version, data: call.data }, answer: 'updated' };
  }
}

export function formatFound({ version, data, details }: Pick<ModelState, 'version' | 'data' | 'details'>): string {
  return `version ${version} ${data}, details ${details}`;
}

export function isLinearizable(start: ModelState, history: readonly RecordedCall[]): boolean {
  const tried = new Set<string>();
  const search = (state: ModelState, left: readonly RecordedCall[]): boolean => {
    if (left.every(({ answer }) => answer === undefined)) return true;
    const position = JSON.stringify([state, left.map(({ began }) => began)]);
    if (tried.has(position)) return false;
    tried.add(position);
    const firstEnd = Math.min(...left.map(({ ended }) => ended));
    return left
      .filter(({ began }) => began < firstEnd)
      .some((recorded) => {
        const { next, answer } = applyCall(state, recorded.call);
        const others = left.filter((other) => other !== recorded);
        return (recorded.answer ?? answer) === answer && search(next, others);
      });
  };
  return search(start, history);
}

/** One line for each call, in the order of their beginnings. */
export function formatHistory(history: readonly RecordedCall[]): string {
  const ordered = [...history].sort((one, other) => one.began - other.began);
  return ordered.map(formatRecorded).join('\n');
}

function formatRecorded({ client, call, began, ended, answer = 'no answer' }: RecordedCall): string {
  const { name, ...fields } = call;
  const time = `${began} to ${ended === Number.POSITIVE_INFINITY ? '…' : ended}`;
  return `client ${client}, ${time}: ${name} ${JSON.stringify(fields)} -> ${answer}`;
}
