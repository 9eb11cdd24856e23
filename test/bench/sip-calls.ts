/**
 * What the SIP stack does: messages read and written a second, calls a second (INVITE, 180, 200, ACK, BYE, 200) between
 * two of our user agents in one process and with SIPp at the other end, and what an answered call holds in memory; beside
 * SIPp calling SIPp, in the same run. Signalling only, over UDP on loopback. Everything shares the machine, so what a call
 * costs is also told in CPU time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freeUdpPorts } from '../support/ports.js';
import { describeMachine, printTable } from './machine.js';
import { SippLoad } from './sip/sipp-load.js';

const IN_FLIGHT = 200;
const CALLS = Number(process.argv[2] ?? 60_000);
const DIALOGS = 5_000;

console.log(`${CALLS} calls a measurement, ${IN_FLIGHT} at once\n${describeMachine()}`);

progress('reading and writing');
const codec = await measure('parse', 3);
progress('two agents in one process');
const pair = await measure('pair', CALLS, IN_FLIGHT);
progress('our caller, SIPp answers');
const calling = await callSipp();
progress('SIPp calls, our callee');
const answering = await answerSipp();
progress('SIPp calls SIPp');
const rival = await sippAlone();
progress('memory, 45 s');
const memory = await measure('memory', DIALOGS);

printTable('SIP', [
  ['INVITEs read a second', `${whole(codec.parsed)} (${codec.bytes} bytes)`],
  ['INVITEs written a second', whole(codec.written)],
  ['calls a second, both ends in one process', rateOf(pair)],
  ['calls a second, our caller to SIPp', rateOf(calling)],
  ['calls a second, SIPp to our callee', rateOf(answering)],
  ['calls a second, SIPp to SIPp', rateOf(rival)],
  ['memory of 1,000 answered calls, both ends', memoryOf('settledBytes')],
  ['the same while their INVITEs may still be repeated (32 s)', memoryOf('freshBytes')],
]);
const isWhole = [pair, calling, answering].every(({ completed }) => completed === CALLS);
if (!isWhole) {
  console.error('some calls were not completed');
  process.exitCode = 1;
}

type Result = Record<string, number>;

async function callSipp(): Promise<Result> {
  const [port] = (await freeUdpPorts(1)) as [number];
  const sipp = SippLoad.callee(port);
  try {
    return await measure('call', port, CALLS, IN_FLIGHT);
  } finally {
    await sipp.stop();
  }
}

async function answerSipp(): Promise<Result> {
  const child = startMeasurement('answer', []);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const target = Number((await lines.next()).value);
  const { seconds } = await runCaller(target);
  child.kill('SIGTERM');
  const { answered = 0, cpuSeconds = 0 } = JSON.parse(String((await lines.next()).value)) as Result;
  return { completed: answered, seconds, cpuSeconds };
}

async function sippAlone(): Promise<Result> {
  const [target] = (await freeUdpPorts(1)) as [number];
  const callee = SippLoad.callee(target);
  try {
    const { seconds, cpuSeconds } = await runCaller(target);
    return { completed: CALLS, seconds, cpuSeconds: cpuSeconds + (await callee.stop()).cpuSeconds };
  } finally {
    callee.child.kill('SIGKILL');
  }
}

async function runCaller(target: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const [port] = (await freeUdpPorts(1)) as [number];
  const startedMs = performance.now();
  const { cpuSeconds } = await SippLoad.caller({
    port,
    target,
    calls: CALLS,
    inFlight: IN_FLIGHT,
  }).finished();
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds };
}

/** Runs one measurement in a process of its own. */
async function measure(what: string, ...numbers: number[]): Promise<Result> {
  const child = startMeasurement(what, numbers);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the measurement ${what} ended with ${code}`);
  return JSON.parse(output) as Result;
}

function startMeasurement(what: string, numbers: number[]): ChildProcess {
  const path = join(import.meta.dirname, 'sip', 'in-process.js');
  return spawn(process.execPath, ['--expose-gc', path, what, ...numbers.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function progress(what: string): void {
  console.log(`… ${what}`);
}

function rateOf({ completed = 0, seconds = 0, cpuSeconds = 0 }: Result): string {
  const share = Math.round((100 * cpuSeconds) / seconds);
  const eachMs = ((1000 * cpuSeconds) / completed).toFixed(3);
  return `${whole(completed / seconds)} (${share} % of a core, ${eachMs} ms of CPU each)`;
}

function memoryOf(which: 'settledBytes' | 'freshBytes'): string {
  const perThousand = ((memory[which] ?? 0) / (memory.dialogs ?? 1)) * 1000;
  return `${(perThousand / 2 ** 20).toFixed(1)} MiB`;
}

function whole(value: number | undefined): string {
  return Math.round(value ?? 0).toLocaleString('en');
}
