import { type ChildProcess, spawn } from "node:child_process";

/** A program that says on its output when it is ready. */
export class Program {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts `command` and waits until it prints a match of `ready`. */
  static async start(command: string, args: string[], env: Record<string, string>, ready: RegExp): Promise<[Program, RegExpMatchArray]> {
    const child = spawn(command, args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    const match = await new Promise<RegExpMatchArray>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${command} is not ready:\n${printed}`)), 20_000);
      const read = (chunk: Buffer) => {
        printed += chunk.toString();
        const found = printed.match(ready);
        if (found) {
          clearTimeout(timer);
          resolve(found);
        }
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.on("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${printed}`)));
      child.on("error", reject);
    });
    return [new Program(child), match];
  }

  /** Ends it with `signal` and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill(signal);
    await gone;
  }
}
