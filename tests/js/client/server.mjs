// A real server as a subprocess, and tokens it believes.
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect, sessionUrl } from "../../../gateway/web/client/breakout.js";

const KEY = randomBytes(32).toString("hex");
const SERVE = "from gateway.cli import main; main()";

export class Server {
  /** Runs `breakout serve` on a fresh database; ends with the test. */
  static async start(t) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), "breakout-"));
    t.after(async () => {
      await server.kill();
      await rm(server.folder, { recursive: true });
    });
    await server.run(0);
    return server;
  }

  async run(port) {
    const options = ["serve", "--port", String(port), "--db", join(this.folder, "b.db")];
    const env = { ...process.env, BREAKOUT_HMAC_KEY: KEY, BREAKOUT_LOG_LEVEL: "error" };
    this.process = spawn(process.env.SERVER_PYTHON, ["-c", SERVE, ...options], { env, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: this.process.stdout })) {
      this.url = /^listening on (\S+)/.exec(line)?.[1];
      if (this.url) return;
    }
    throw new Error("the server did not start");
  }

  /** As a power cut would. */
  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }

  async restart() {
    const port = new URL(this.url).port;
    await this.kill();
    await this.run(port);
  }

  connect(t, userId, { role = "ATTENDEE", seconds = 600, ...options } = {}) {
    const client = connect({ url: sessionUrl(this.url, "demo"), token: token(userId, role, seconds), timeoutMs: 15_000, ...options });
    t.after(() => client.close());
    return client;
  }

  async online(t, userId, options) {
    const client = this.connect(t, userId, options);
    await client.ready;
    return client;
  }
}

export function token(sub, role, seconds, more = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub, given_name: sub, roles: [role], exp: Math.floor(Date.now() / 1000) + seconds, ...more };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", KEY).update(signed).digest("base64url")}`;
}

/** Waits until the client's state satisfies `condition`; fails after ten seconds with the state. */
export function until(client, condition) {
  return new Promise((resolve, reject) => {
    let end = () => {};
    const timer = setTimeout(() => {
      end();
      reject(new Error(`never so: ${condition}\n${JSON.stringify(client.state, null, 1)}`));
    }, 10_000);
    const look = (state) => {
      if (!condition(state)) return;
      clearTimeout(timer);
      queueMicrotask(() => end());
      resolve(state);
    };
    end = client.subscribe(look);
  });
}
