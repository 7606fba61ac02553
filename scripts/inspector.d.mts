export declare function nameInspector(args: readonly string[]): string[];
