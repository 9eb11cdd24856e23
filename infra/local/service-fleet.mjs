import { KeptProcess } from './kept-process.mjs';
import { freeTcpPorts } from './ports.mjs';
import { serviceProgram } from './services.mjs';

/** Who goes first when all stop: the rest serves or records the calls that are still ending. */
const FIRST_TO_STOP = /^(api|dialer-\d+)$/;

/** The service processes of a sandbox, each kept running. */
export class ServiceFleet {
  /** @type {{ label: string, kept: KeptProcess }[]} */
  #members = [];
  #services;
  #tools;

  /**
   * @param {import('./services.mjs').ServicePlan[]} services
   * @param {{ owned: import('./owned-processes.mjs').OwnedProcesses, logDir: string, drainSeconds: number, say: (line: string) => void }} tools
   */
  constructor(services, tools) {
    this.#services = services;
    this.#tools = tools;
  }

  /** Starts all at once, and waits until each says on /readyz that it is ready. */
  async start() {
    const ports = await freeTcpPorts(this.#services.length);
    this.#members = this.#services.map((service, n) => ({
      label: service.label,
      kept: new KeptProcess(
        serviceProgram(service, { ...this.#tools, healthPort: ports[n] ?? 0 }),
        this.#tools.say,
      ),
    }));
    await Promise.all(this.#members.map(({ kept }) => kept.start()));
  }

  /** Lets the calls in progress end, then stops the rest. */
  async stop() {
    const first = this.#members.filter(({ label }) => FIRST_TO_STOP.test(label));
    const rest = this.#members.filter(({ label }) => !FIRST_TO_STOP.test(label));
    await Promise.all(first.map(({ kept }) => kept.stop()));
    await Promise.all(rest.map(({ kept }) => kept.stop()));
  }

  /** Ends all at once. */
  async kill() {
    await Promise.all(this.#members.map(({ kept }) => kept.kill()));
  }
}
