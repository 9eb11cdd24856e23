/** A call as the API shows it in JSON. */
export type CallJson = Record<string, unknown> & { sid: string; status: string };

/** A plain REST client, as a customer would write one with fetch. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    readonly accountSid: string,
    readonly authToken: string,
  ) {}

  request(
    method: string,
    path: string,
    form?: Record<string, string | string[]>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const login = Buffer.from(`${this.accountSid}:${this.authToken}`).toString('base64');
    return fetch(this.baseUrl + path, {
      method,
      headers: { authorization: `Basic ${login}`, ...headers },
      ...(form ? { body: encodeForm(form) } : {}),
    });
  }

  /** Creates a call and returns it; throws with the server's message when it was refused. */
  async createCall(form: Record<string, string | string[]>): Promise<CallJson> {
    const response = await this.request('POST', '/2012-04-24/Calls.json', form);
    if (response.status !== 201)
      throw new Error(`POST /Calls answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as CallJson;
  }

  async readCall(sid: string): Promise<CallJson> {
    const call = await this.findCall(sid);
    if (!call) throw new Error(`GET /Calls/${sid} answered 404`);
    return call;
  }

  /** Null while there is none: one that came is told as an event before it can be read. */
  async findCall(sid: string): Promise<CallJson | null> {
    const response = await this.request('GET', `/2012-04-24/Calls/${sid}.json`);
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`GET /Calls/${sid} answered ${response.status}`);
    return (await response.json()) as CallJson;
  }

  endCall(sid: string, status: string): Promise<Response> {
    return this.request('POST', `/2012-04-24/Calls/${sid}.json`, { Status: status });
  }
}

function encodeForm(form: Record<string, string | string[]>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(form).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
  );
}
