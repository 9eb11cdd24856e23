/** What an address is found by: a number is the same with and without `+`. As the column `to_key` has it. */
export function addressKey(address: string): string {
  return NUMBER.test(address) ? address.replace('+', '') : address;
}

const NUMBER = /^\+?[0-9]+$/;
