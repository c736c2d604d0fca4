/** What the pages add to the looks of Swagger UI. */
export const pageStyle = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2rem; }
:target { background: #fd84; }
`;

interface Page {
  readonly title: string;
  readonly icon: string;
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
  /** HTML. */
  readonly content: string;
}

/** A page without anything inline, so that its Content-Security-Policy can be strict. */
export function page({ title, icon, styles, scripts, content }: Page): string {
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<link rel="icon" type="image/png" href="${icon}">`,
    ...styles.map((address) => `<link rel="stylesheet" href="${address}">`),
    ...scripts.map((address) => `<script defer src="${address}"></script>`),
  ];
  return `<!doctype html>
<html lang="en"><head>${head.join('\n')}</head>
<body>${content}</body></html>
`;
}
