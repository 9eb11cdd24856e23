import type { SipRequest } from '@trunkline/sip';

/** Programs that look for servers to make calls on the bill of, by their User-Agent. None of them is anybody's phone. */
const SCANNERS =
  /friendly-scanner|friendly-request|sipvicious|sundayddr|sip-?scan|sipcli|sipsak|siparmyknife|iwar\b|pplsip|vaxsipuseragent|svmap|svwar|svcrack|eyebeam release 3006o|conaito|gulp\b|masscan|nmap\b|zgrab/i;

/** Whether a request says of itself that it comes from a scanner. */
export function isScanner(request: SipRequest): boolean {
  return SCANNERS.test(request.headers.get('User-Agent') ?? '');
}
