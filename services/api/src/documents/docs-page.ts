import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { html } from 'hono/html';
import getAbsoluteFSPath from 'swagger-ui-dist/absolute-path.js';
import { ERROR_CODES, NOTIFICATION_CODES } from './error-codes.js';
import type { PublicDocument } from './public-document.js';

/** Nothing from elsewhere, and no script but the page's files; the page writes styles of its own into its elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'Content-Security-Policy': POLICY,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};
const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The page at `/docs` that shows the OpenAPI document, and what it is made of; and the list of error codes. */
export function docsPage(): PublicDocument[] {
  return [
    { path: '/docs', contentType: HTML, headers: PAGE_HEADERS, read: writeIndex },
    {
      path: '/docs/errors',
      contentType: HTML,
      headers: PAGE_HEADERS,
      read: async (isFolder) => String(await writeErrors(isFolder)),
    },
    ownFile('start.js', SCRIPT, START),
    ownFile('errors.css', CSS, STYLE),
    swaggerFile('swagger-ui.css', CSS),
    swaggerFile('swagger-ui-bundle.js', SCRIPT),
    swaggerFile('favicon-32x32.png', 'image/png'),
  ];
}

/** Its links are relative, so that the page may stand behind any path; they depend on whether its own ends in a slash. */
function writeIndex(isFolder: boolean): string {
  const here = isFolder ? '' : 'docs/';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trunkline API</title>
<link rel="icon" type="image/png" href="${here}favicon-32x32.png">
<link rel="stylesheet" href="${here}swagger-ui.css">
</head>
<body>
<div id="page" data-document="${isFolder ? '../' : ''}openapi.json"></div>
<script src="${here}swagger-ui-bundle.js"></script>
<script src="${here}start.js"></script>
</body>
</html>
`;
}

const START = `SwaggerUIBundle({
  domNode: document.getElementById('page'),
  url: document.getElementById('page').dataset.document,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  validatorUrl: null,
});
`;

function writeErrors(isFolder: boolean) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trunkline API: errors</title>
<link rel="stylesheet" href="${isFolder ? '../' : ''}errors.css">
</head>
<body>
<h1>Error codes</h1>
<h2>In an answer</h2>
<table>
${rowsOf(ERROR_CODES)}</table>
<h2>In a call's notifications</h2>
<table>
${rowsOf(NOTIFICATION_CODES)}</table>
</body>
</html>
`;
}

function rowsOf(codes: ReadonlyMap<number, string>) {
  return [...codes].map(([code, text]) => html`<tr id="${code}"><th>${code}</th><td>${text}</td></tr>\n`);
}

const STYLE = `body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
th { text-align: left; padding-right: 2rem; vertical-align: top; }
tr:target { background: #ffd; }
`;

const KEPT_A_DAY = { 'Cache-Control': 'public, max-age=86400' };

function ownFile(name: string, contentType: string, content: string): PublicDocument {
  return { path: `/docs/${name}`, contentType, headers: KEPT_A_DAY, read: () => content };
}

function swaggerFile(name: string, contentType: string): PublicDocument {
  let content: Promise<Buffer> | null = null;
  const read = () => {
    content ??= readFile(join(getAbsoluteFSPath(), name));
    return content;
  };
  return { path: `/docs/${name}`, contentType, headers: KEPT_A_DAY, read };
}
