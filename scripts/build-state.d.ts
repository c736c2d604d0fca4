export declare const bundle: string;
export declare function stateOfBuild(): 'missing' | 'old' | 'fresh';
