/** A resource as the API shows it in JSON, or a list of some. */
export type Json = Record<string, unknown>;

/** A call as the API shows it in JSON. */
export type CallJson = Json & { sid: string; status: string };

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

  /** Asks for what is below `/2012-04-24`, in JSON; throws with the server's message when it was refused. */
  async send(method: string, path: string, form?: Record<string, string | string[]>): Promise<Json> {
    const response = await this.request(method, `/2012-04-24${path}`, form, { accept: 'application/json' });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }

  /** Creates a call and returns it; throws likewise. */
  async createCall(form: Record<string, string | string[]>): Promise<CallJson> {
    return (await this.send('POST', '/Calls', form)) as CallJson;
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
