import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Program } from "./process";

/** Where cargo has put the programs: those of the debug build, or of the release build where that is asked for. */
const programs = resolve(import.meta.dirname, "../../target", process.env.COLOPHON_BUILD ?? "debug");

/** The provider crate's scripted fake: an OpenAI-compatible server. */
export class FakeProvider {
  private constructor(
    private readonly program: Program,
    /** Where its API begins. */
    readonly baseUrl: string,
  ) {}

  static async start(): Promise<FakeProvider> {
    const [program, match] = await Program.start(`${programs}/examples/fake-provider`, ["0"], {}, /http:\S+/);
    return new FakeProvider(program, match[0]);
  }

  /** Answers from now on in pieces of `characters`, one each `delay` milliseconds. */
  async pace(delay: number, characters = 8): Promise<void> {
    await this.control("POST", "pace", { delay_ms: delay, characters });
  }

  /** Answers the next requests by `script`: see the crate's `fake::control`. */
  async script(script: object): Promise<void> {
    await this.control("POST", "scripts", script);
  }

  /** The bodies of the requests it received. */
  async requests(): Promise<{ body: Record<string, unknown> }[]> {
    const reply = await fetch(this.control_url("requests"));
    return (await reply.json()) as { body: Record<string, unknown> }[];
  }

  async stop(): Promise<void> {
    await this.program.stop("SIGKILL");
  }

  private control_url(what: string): string {
    return new URL(`/control/${what}`, this.baseUrl).href;
  }

  private async control(method: string, what: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(this.control_url(what), { method, headers, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`the fake refused ${what}: ${reply.status} ${await reply.text()}`);
  }
}

/** The server with a database of its own. */
export class Server {
  private constructor(
    private readonly folder: string,
    private program: Program,
    private readonly binary: string,
    /** Where the app is. */
    readonly url: string,
    /** The one-time link that it printed. */
    readonly setupLink: string,
  ) {}

  /** Starts `binary`, the build under test where it is left out. */
  static async start(fake: FakeProvider, binary = `${programs}/colophon`): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "colophon-e2e-"));
    await writeFile(join(folder, "colophon.toml"), configuration(fake.baseUrl));
    const [program, [, url, link]] = await launch(binary, folder, "127.0.0.1:0", /Colophon is at (\S+)\n[^]*(http:\S+\/setup#token=\S+)\n/);
    return new Server(folder, program, binary, url, link);
  }

  /** Ends the process by `signal`. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.program.stop(signal);
  }

  /** After `kill`: starts another on the same database and address. */
  async restart(): Promise<void> {
    [this.program] = await launch(this.binary, this.folder, new URL(this.url).host, /Colophon is at \S+\n/);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Starts the server and waits for what it prints once it listens: its log comes by another pipe, sooner or later. */
function launch(binary: string, folder: string, listen: string, ready: RegExp): Promise<[Program, RegExpMatchArray]> {
  const env = {
    COLOPHON_CONFIG: join(folder, "colophon.toml"),
    COLOPHON_DATABASE_URL: `sqlite:${join(folder, "colophon.db")}`,
    COLOPHON_LISTEN: listen,
    E2E_KEY: "sk-e2e",
  };
  return Program.start(binary, ["serve"], env, ready);
}

function configuration(baseUrl: string): string {
  const model = (id: string, upstream: string, provider = "fake") => `
[[models]]
id = "${id}"
provider = "${provider}"
upstream = "${upstream}"
name = "${id} of the tests"
context_window = 32000
parameters = ["temperature", "max_tokens", "metadata"]
input_price_per_mtok = 0.15
output_price_per_mtok = 0.60
`;
  return `
[api]
sign_in_burst = 1000

[runs]
# A server that was killed is taken over from at once (SQLite); tries follow each other soon.
retry_ms = 200

[runs.segments]
target = 300
max = 600

[[providers]]
name = "fake"
base_url = "${baseUrl}"
api_key_env = "E2E_KEY"

[[providers]]
name = "purse"
base_url = "${baseUrl}"
api_key_env = "E2E_KEY"

[[providers]]
name = "keyless"
base_url = "${baseUrl}"
api_key_env = "E2E_KEY_THAT_IS_NOT_SET"
${model("novel", "novel")}
${model("picky", "picky")}
${model("cut", "fail-length")}
${model("broke", "broke", "purse")}
[[models]]
id = "locked"
provider = "keyless"
`;
}
