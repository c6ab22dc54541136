import type { AgentSpec } from "../../src/demo/agents.ts";
import { type Platform, type PlatformOptions, startPlatform } from "../../src/demo/platform.ts";
import { TtyPeer } from "./tty-peer.ts";
import { waitFor } from "./wait.ts";

/** A shell without start-up files and with a prompt that no program prints. */
export const SHELL: AgentSpec = {
  name: "shell",
  harness_id: "codex",
  command: ["/bin/sh"],
  env: { PATH: process.env["PATH"], PS1: "$ ", LANG: "C.UTF-8", HOME: "/nonexistent" },
};

/** A platform with what a test asks of it over REST and TTY. */
export class DemoPlatform implements AsyncDisposable {
  readonly platform: Platform;

  constructor(options: Partial<PlatformOptions> = {}) {
    this.platform = startPlatform({ agents: [SHELL], ...options });
  }

  /** A request below the managed agents' prefix, with the master key unless told otherwise. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.platform.url}/api/v1/managed_agents${path}`, {
      ...init,
      headers: { authorization: `Bearer ${this.platform.key}`, ...init.headers },
    });
  }

  async json<T = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.request(path, init)).json()) as T;
  }

  /** Creates a session of the first agent and waits until it is no longer being created. */
  async session(): Promise<Record<string, unknown> & { id: string }> {
    const agent = this.platform.agents[0]?.id;
    const { id } = await this.json<{ id: string }>(`/agents/${agent}/session`, { method: "POST" });
    let session: Record<string, unknown> = {};
    await waitFor(async () => {
      session = await this.json(`/sessions/${id}`);
      return session["status"] !== "creating";
    }, "the session's bring-up");
    return { ...session, id };
  }

  /** Where a session's terminal is. */
  ttyUrl(id: string): string {
    const { port } = this.platform;
    return `ws://127.0.0.1:${port}/api/v1/managed_agents/sessions/${id}/tty`;
  }

  attach(id: string): Promise<TtyPeer> {
    const headers = { authorization: `Bearer ${this.platform.token}` };
    return TtyPeer.open({ url: this.ttyUrl(id), headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.platform.stop();
  }
}
