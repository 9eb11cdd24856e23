/** Describes a parameter that no release so far obeys; a call that has one gets a warning once it is answered. */
export function onlyKept(description: string): string {
  return `${description} ${ONLY_KEPT}`;
}

const ONLY_KEPT =
  "Checked and kept with the call, but not carried out in this release: a warning in the call's Notifications says so.";
