import libphonenumber from 'google-libphonenumber';

const { PhoneNumberUtil, ShortNumberInfo } = libphonenumber;
type Region = libphonenumber.RegionCode;

/** Tells emergency numbers from all others. */
export interface EmergencyNumbers {
  /** Whether this whole number, `+` and digits or digits alone, reaches an emergency service in one of the regions. */
  has(number: string): boolean;
}

/** Every region whose emergency numbers are known, two letters each (ISO 3166-1). */
export const EMERGENCY_REGIONS: readonly string[] = PhoneNumberUtil.getInstance().getSupportedRegions();

/**
 * The emergency numbers of some regions, after Google's metadata of short numbers. It knows whole numbers only: `112` and
 * `+44999` are some, `1125` and `+19115551234` merely begin like one. A country code may be there or not, and so may `+` or
 * an international prefix, such as `00` or `011`, in front of either: trunks take all of these, and may strip what they know.
 */
export function createEmergencyNumbers(regions: readonly string[]): EmergencyNumbers {
  const asked = regions as readonly Region[];
  const byCountryCode = groupByCountryCode(asked);
  const answers = new Map<string, boolean>();
  return {
    has(number) {
      const digits = number.replace(/^\+/, '');
      if (digits.length > MAX_DIGITS || !/^\d+$/.test(digits)) return false;
      const isEmergency = answers.get(digits) ?? isEmergencyBehindPrefix(digits, asked, byCountryCode);
      if (answers.size < MAX_ANSWERS) answers.set(digits, isEmergency);
      return isEmergency;
    },
  };
}

/** The longest emergency number there is, `10111`, and the shortest, `15`. */
const LONGEST = 5;
const SHORTEST = 2;
/**
 * None; most of the world's, North America's, Australia's and Japan's; and `00` with a digit for the carrier, as in Thailand.
 * Others, such as Cuba's `119`, are left out: six digits that begin so are somebody's number.
 */
const INTERNATIONAL_PREFIXES = [
  '',
  '00',
  '011',
  '0011',
  '010',
  ...Array.from('123456789', (carrier) => `00${carrier}`),
];
const LONGEST_PREFIX = 4;
const MAX_COUNTRY_CODE_DIGITS = 3;
const MAX_DIGITS = LONGEST_PREFIX + MAX_COUNTRY_CODE_DIGITS + LONGEST;
/** Asking all regions takes a quarter of a millisecond, so that the answers are kept; this many, for memory's sake. */
const MAX_ANSWERS = 20_000;

type ByCountryCode = ReadonlyMap<number, readonly Region[]>;

function groupByCountryCode(regions: readonly Region[]): ByCountryCode {
  const numbers = PhoneNumberUtil.getInstance();
  const byCountryCode = new Map<number, Region[]>();
  for (const region of regions) {
    const code = numbers.getCountryCodeForRegion(region);
    byCountryCode.set(code, [...(byCountryCode.get(code) ?? []), region]);
  }
  return byCountryCode;
}

function isEmergencyBehindPrefix(
  digits: string,
  regions: readonly Region[],
  byCountryCode: ByCountryCode,
): boolean {
  return INTERNATIONAL_PREFIXES.some((prefix) => {
    if (!digits.startsWith(prefix)) return false;
    const number = digits.slice(prefix.length);
    return isEmergencyIn(number, regions) || isEmergencyAbroad(number, byCountryCode);
  });
}

/** With a country code only the regions of that code count: `1911` is an emergency number, and `49911` is none. */
function isEmergencyAbroad(number: string, byCountryCode: ByCountryCode): boolean {
  for (let length = 1; length <= MAX_COUNTRY_CODE_DIGITS; length += 1) {
    const there = byCountryCode.get(Number(number.slice(0, length)));
    if (there && isEmergencyIn(number.slice(length), there)) return true;
  }
  return false;
}

function isEmergencyIn(digits: string, regions: readonly Region[]): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST) return false;
  const numbers = ShortNumberInfo.getInstance();
  return regions.some((region) => numbers.isEmergencyNumber(digits, region));
}
