import type { Call } from '@trunkline/contracts';
import type { z } from 'zod';
import { boolean, integer, method, url, word } from '../parameters/kinds-of-value.js';
import { onlyKept } from './only-kept.js';

/** How to find out whether a machine answered; the ranges and defaults are those that clients of the 2010 API know. */
export const detectionParameters = {
  MachineDetection: word(['Enable', 'DetectMessageEnd'])
    .optional()
    .describe(
      onlyKept(
        'Whether a person or a machine answered is found out: at once, or at the end of what a machine says.',
      ),
    ),
  MachineDetectionTimeout: integer({ min: 3, max: 59 })
    .default(30)
    .describe(onlyKept('Seconds after which the result is unknown.')),
  MachineDetectionSpeechThreshold: integer({ min: 1000, max: 6000 })
    .default(2400)
    .describe(onlyKept('Milliseconds of speech above which it is a machine.')),
  MachineDetectionSpeechEndThreshold: integer({ min: 500, max: 5000 })
    .default(1200)
    .describe(onlyKept('Milliseconds of silence that end what is said.')),
  MachineDetectionSilenceTimeout: integer({ min: 2000, max: 10_000 })
    .default(5000)
    .describe(onlyKept('Milliseconds of silence at the beginning after which the result is unknown.')),
  AsyncAmd: boolean()
    .default(false)
    .describe(onlyKept('Whether the markup begins at once, without waiting for the result.')),
  AsyncAmdStatusCallback: url().optional().describe(onlyKept('What is told the result then.')),
  AsyncAmdStatusCallbackMethod: method().describe(onlyKept('How AsyncAmdStatusCallback is requested.')),
};

export function machineDetectionOf(
  form: z.output<z.ZodObject<typeof detectionParameters>>,
): Call['instructions']['machineDetection'] {
  if (form.MachineDetection === undefined) return null;
  return {
    mode: form.MachineDetection,
    timeoutMs: form.MachineDetectionTimeout * 1000,
    speechThresholdMs: form.MachineDetectionSpeechThreshold,
    speechEndThresholdMs: form.MachineDetectionSpeechEndThreshold,
    silenceTimeoutMs: form.MachineDetectionSilenceTimeout,
    async: form.AsyncAmd,
    callbackUrl: form.AsyncAmdStatusCallback ?? null,
    callbackMethod: form.AsyncAmdStatusCallbackMethod,
  };
}
