let minted = 0;

/** A call's Sid as if it had been minted at this time, ms since the epoch; later ones of one process are greater. */
export function mintCallSidAt(ms: number): string {
  minted += 1;
  return `CA${ms.toString(16).padStart(12, '0')}7000${minted.toString(16).padStart(16, '0')}`;
}
