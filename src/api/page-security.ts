/** A year: for files whose names change with their content. */
export const forever = 'public, max-age=31536000, immutable';

/**
 * What a page of ours may do: load what this API serves and ask this API, nothing else. Inline scripts and styles are refused; styles set
 * through the DOM are allowed by this. data: images are arrows in the style sheet of Swagger UI.
 */
export const contentSecurityPolicy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');
