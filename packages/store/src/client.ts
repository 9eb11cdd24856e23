import type { Client, Voice } from '@trunkline/contracts';
import { type OwnedTable, toOwned } from './owned-table.js';
import { toVoice, VOICE_COLUMNS, type VoiceRow, voiceColumnsOf } from './voice-columns.js';

/** What a client is made from. */
export type NewClient = Omit<Client, 'dateCreated' | 'dateUpdated'>;

/** What can be different later; what is left out stays. */
export interface ClientChanges extends Partial<Pick<Client, 'friendlyName' | 'enabled' | 'passwordSealed'>> {
  voice?: Partial<Voice>;
}

interface ClientRow extends VoiceRow {
  login: string;
  friendly_name: string;
  enabled: boolean;
  password_sealed: string;
}

export const CLIENT_TABLE: OwnedTable<Client, ClientChanges & { login?: string }, ClientRow> = {
  name: 'clients',
  columns: ['login', 'friendly_name', 'enabled', 'password_sealed', ...Object.values(VOICE_COLUMNS)],
  columnsOf: ({ login, friendlyName, enabled, passwordSealed, voice }) => ({
    login,
    friendly_name: friendlyName,
    enabled,
    password_sealed: passwordSealed,
    ...voiceColumnsOf(voice),
  }),
  toThing: (row) => ({
    ...toOwned(row),
    login: row.login,
    friendlyName: row.friendly_name,
    enabled: row.enabled,
    passwordSealed: row.password_sealed,
    voice: toVoice(row),
  }),
};
