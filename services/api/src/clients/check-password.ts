const MIN_LENGTH = 8;
const MIN_DIFFERENT = 5;
/** From here on, length alone will do. */
const LONG = 16;

/**
 * What is wrong with a password for a client that anybody in the world may try to register as, in words that follow its
 * name; null when nothing is. Scanners try the login, digits alone, and words with a few digits behind them.
 */
export function faultOfPassword(password: string, login: string): string | null {
  if ([...password].length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (new Set(password).size < MIN_DIFFERENT)
    return `must have at least ${MIN_DIFFERENT} different characters`;
  if (password.toLowerCase().includes(login.toLowerCase()) && password.length - login.length < MIN_LENGTH) {
    return 'must not be made from the login';
  }
  const kinds = [/\p{L}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password)).length;
  return kinds < 2 && [...password].length < LONG
    ? `must have letters as well as digits or other characters, or ${LONG} characters`
    : null;
}
