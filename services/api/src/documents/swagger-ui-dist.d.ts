/** The package brings no types. This is its own way to tell where its files are; the rest of it is for browsers. */
declare module 'swagger-ui-dist/absolute-path.js' {
  const getAbsoluteFSPath: () => string;
  export = getAbsoluteFSPath;
}
