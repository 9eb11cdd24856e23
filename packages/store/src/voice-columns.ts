import type { Voice } from '@trunkline/contracts';

/** The columns of what is done with calls that come. */
export const VOICE_COLUMNS = {
  url: 'voice_url',
  method: 'voice_method',
  fallbackUrl: 'voice_fallback_url',
  fallbackMethod: 'voice_fallback_method',
  statusCallback: 'status_callback',
  statusCallbackMethod: 'status_callback_method',
  statusCallbackEvents: 'status_callback_events',
} as const satisfies Record<keyof Voice, string>;

/** As the driver hands them out. */
export type VoiceRow = { [Name in keyof Voice as (typeof VOICE_COLUMNS)[Name]]: Voice[Name] };

/** The column of what is given, and its value. */
export function voiceColumnsOf(voice: Partial<Voice> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(VOICE_COLUMNS).map(([name, column]) => [column, voice[name as keyof Voice]]),
  );
}

export function toVoice(row: VoiceRow): Voice {
  return {
    url: row.voice_url,
    method: row.voice_method,
    fallbackUrl: row.voice_fallback_url,
    fallbackMethod: row.voice_fallback_method,
    statusCallback: row.status_callback,
    statusCallbackMethod: row.status_callback_method,
    statusCallbackEvents: row.status_callback_events,
  };
}
