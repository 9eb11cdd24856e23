import type { PhoneNumber, Voice } from '@trunkline/contracts';
import { type OwnedTable, toOwned } from './owned-table.js';
import { toVoice, VOICE_COLUMNS, type VoiceRow, voiceColumnsOf } from './voice-columns.js';

/** What a number is made from. */
export type NewPhoneNumber = Omit<PhoneNumber, 'dateCreated' | 'dateUpdated'>;

/** What can be different later; what is left out stays. */
export interface PhoneNumberChanges {
  friendlyName?: string;
  voice?: Partial<Voice>;
}

interface PhoneNumberRow extends VoiceRow {
  phone_number: string;
  friendly_name: string;
}

export const PHONE_NUMBER_TABLE: OwnedTable<
  PhoneNumber,
  PhoneNumberChanges & { phoneNumber?: string },
  PhoneNumberRow
> = {
  name: 'phone_numbers',
  columns: ['phone_number', 'friendly_name', ...Object.values(VOICE_COLUMNS)],
  columnsOf: ({ phoneNumber, friendlyName, voice }) => ({
    phone_number: phoneNumber,
    friendly_name: friendlyName,
    ...voiceColumnsOf(voice),
  }),
  toThing: (row) => ({
    ...toOwned(row),
    phoneNumber: row.phone_number,
    friendlyName: row.friendly_name,
    voice: toVoice(row),
  }),
};
