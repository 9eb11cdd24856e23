import type { NewTrunk } from '@trunkline/store';
import { BadParameterError } from '../errors.js';
import { writeHostPort } from './read-sip-host.js';
import type { TrunkForm } from './trunk-parameters.js';

/** All of a trunk that can be chosen, but for its password. */
export type TrunkSettings = Omit<NewTrunk, 'sid' | 'accountSid' | 'passwordSealed'>;

/** What a form changes in a trunk. */
export interface TrunkChange {
  changes: Partial<TrunkSettings>;
  /** In clear text; undefined: it stays, null: it goes. */
  password: string | null | undefined;
}

/** A trunk of which nothing is said but its host. */
export const PLAIN_TRUNK: Omit<TrunkSettings, 'name' | 'host'> = {
  enabled: true,
  port: null,
  transport: null,
  outboundProxy: null,
  priority: 10,
  weight: 10,
  numberFormat: 'as-given',
  stripDigits: 0,
  numberPrefix: '',
  callerIdHeader: 'none',
  hideCallerId: false,
  fromDomain: null,
  maxChannels: null,
  maxCallsPerSecond: null,
  optionsIntervalSeconds: 30,
  followRedirects: false,
  reliableProvisionals: 'supported',
  sessionExpiresSeconds: 1800,
  allowRefer: false,
  register: false,
  registerExpiresSeconds: 3600,
  username: null,
  publicAddress: null,
  inboundAddresses: [],
};

const MAX_NAME_LENGTH = 64;

/** What a trunk is called that was given no name. */
export function nameOfHost(sip: Pick<NewTrunk, 'host' | 'port'>): string {
  return writeHostPort(sip).slice(0, MAX_NAME_LENGTH);
}

/**
 * What the form changes; what the trunk is then must make sense.
 * @param before the trunk so far, or the plain one
 * @throws BadParameterError
 */
export function changeTrunk(
  form: TrunkForm,
  before: Pick<TrunkSettings, 'register' | 'username'>,
  hasPassword: boolean,
): TrunkChange {
  const where = whereOf(form);
  const changes = { ...plainSettingsOf(form), ...where.settings };
  const password = changes.username === null ? (where.password ?? null) : where.password;
  const hasOne = password === undefined ? hasPassword : password !== null;
  refuseHalfCredentials({ ...before, ...changes }, hasOne);
  return { changes, password };
}

interface Where {
  settings: Partial<Pick<TrunkSettings, 'host' | 'port' | 'transport' | 'username'>>;
  password: string | null | undefined;
}

/** Where it is and what it is told: what a URI says must not be said a second time. */
function whereOf(form: TrunkForm): Where {
  const { Host: sip, Port: port, Transport: transport, Username: username, Password: password } = form;
  refuseSaidTwice('Port', port, sip?.port);
  refuseSaidTwice('Transport', transport, sip?.transport);
  refuseSaidTwice('Username', username, sip?.credentials?.username);
  refuseSaidTwice('Password', password, sip?.credentials?.password);
  const fromUri = sip && {
    host: sip.host,
    ...((sip.isUri || sip.port !== null) && { port: sip.port }),
    ...(sip.isUri && { transport: sip.transport }),
    ...(sip.credentials && { username: sip.credentials.username }),
  };
  return {
    settings: {
      ...fromUri,
      ...(port !== undefined && { port }),
      ...(transport !== undefined && { transport }),
      ...(username !== undefined && { username }),
    },
    password: password === undefined ? sip?.credentials?.password : password,
  };
}

function refuseSaidTwice(name: string, given: unknown, inUri: unknown): void {
  if (given !== undefined && inUri !== undefined && inUri !== null) {
    throw new BadParameterError(name, 'is in Host already');
  }
}

function refuseHalfCredentials(
  { register, username }: Pick<TrunkSettings, 'register' | 'username'>,
  hasPassword: boolean,
): void {
  if (username === null && hasPassword) throw new BadParameterError('Username', 'is required with Password');
  if (username !== null && !hasPassword) throw new BadParameterError('Password', 'is required with Username');
  if (register && username === null) throw new BadParameterError('Username', 'is required to register');
}

/** What needs no thought: the parameter, and what it sets. */
function plainSettingsOf(form: TrunkForm): Partial<TrunkSettings> {
  const settings: { [Name in keyof TrunkSettings]?: TrunkSettings[Name] | undefined } = {
    name: form.FriendlyName,
    enabled: form.Enabled,
    outboundProxy: form.OutboundProxy,
    priority: form.Priority,
    weight: form.Weight,
    numberFormat: form.NumberFormat,
    stripDigits: form.StripDigits,
    numberPrefix: form.NumberPrefix === null ? '' : form.NumberPrefix,
    callerIdHeader: form.CallerIdHeader,
    hideCallerId: form.HideCallerId,
    fromDomain: form.FromDomain,
    maxChannels: form.MaxChannels,
    maxCallsPerSecond: form.MaxCallsPerSecond,
    optionsIntervalSeconds: form.OptionsInterval,
    followRedirects: form.FollowRedirects,
    reliableProvisionals: form.ReliableProvisionals,
    sessionExpiresSeconds: form.SessionExpires,
    allowRefer: form.AllowRefer,
    register: form.Register,
    registerExpiresSeconds: form.RegisterExpires,
    publicAddress: form.PublicAddress,
    inboundAddresses: form.InboundAddresses,
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Partial<TrunkSettings>;
}
