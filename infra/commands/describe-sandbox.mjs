/**
 * What a newcomer reads when all is up. The last line is what scripts wait for.
 * @param {object} sandbox
 * @param {{ sid: string, token: string }} sandbox.account
 * @param {boolean} sandbox.isRotated whether the account has another token by now, which nobody but its owner knows
 * @param {number} sandbox.apiPort
 * @param {number} sandbox.sipPort the first dialer's
 * @param {boolean} sandbox.hasTrunks whether calls leave this machine
 * @param {string} sandbox.demoUrl
 */
export function describeSandbox({ account, isRotated, apiPort, sipPort, hasTrunks, demoUrl }) {
  const login = isRotated ? `${account.sid}:"$AUTH_TOKEN"` : `${account.sid}:${account.token}`;
  const curl = (/** @type {string[]} */ ...parts) => [`  curl -u ${login}`, ...parts].join(' \\\n    ');
  const version = `http://127.0.0.1:${apiPort}/2012-04-24`;
  const api = `${version}/Calls`;
  return `
Account Sid   ${account.sid}
Auth token    ${isRotated ? 'rotated since: use the newest one, $AUTH_TOKEN below' : account.token}
API           ${api}
Logs          .local/logs/*.log
Data          .local/data (delete it to begin anew)
${isRotated ? LOST_TOKEN : ''}
Place a call, which ${hasTrunks ? 'goes to your trunk' : 'the simulator answers'}:

${curl(api, '--data-urlencode From=+15559990000 --data-urlencode To=+15551230001', `-d Url=${demoUrl}`)}

${hasTrunks ? 'Be called: have a number that your trunk brings:' : CALLED_BACK}

${curl(`${version}/IncomingPhoneNumbers`, '--data-urlencode PhoneNumber=+15559990000', `-d VoiceUrl=${demoUrl}`)}

Ring a softphone: make a client, sign in as alice at 127.0.0.1:${sipPort}, and place
that call with To=client:alice:

${curl(`${version}/Clients`, "-d Login=alice --data-urlencode Password='…'")}

Ctrl-C stops everything.
Trunkline is ready`;
}

const CALLED_BACK = `Be called: have the number that calls, then place that call with
To=+15551230012, which hangs up and calls back:`;

const LOST_TOKEN = `
TRUNKLINE_AUTH_TOKEN=… npm start, once, makes the newest token known here,
or gives the account another if it was lost.
`;
