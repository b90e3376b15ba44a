import type { BackendContext, ProgressSink } from "@coldstow/contracts";
import { Command, type Interfaces } from "@oclif/core";
import { failureDocument } from "./failure/report-failure.ts";
import { globalFlags, type GlobalOptions, globalOptions } from "./global-flags.ts";
import { interruption } from "./interruption.ts";
import { writeDocument, writeListDocument, writeOut } from "./output.ts";
import type { PassphraseOptions } from "./passphrase/passphrase.ts";
import type { ProgressRenderer } from "./progress/renderer.ts";

/**
 * What every command shares: the global flags, an answer as text or as one JSON document, progress,
 * questions, and a signal. Errors pass through to the one place that reports them.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;

  /** The global flags; known once the command has parsed its arguments. */
  protected globals: GlobalOptions = globalOptions({});
  private renderer: ProgressRenderer | undefined;

  /** Aborted when the person or the system asks to stop. */
  protected get signal(): AbortSignal {
    return interruption;
  }

  /** Shows on stderr what a library tells. */
  protected async progress(): Promise<ProgressSink> {
    const { createProgress } = await import("./progress/create-progress.ts");
    this.renderer ??= createProgress(this.globals);
    return this.renderer.sink;
  }

  /** What backends are opened with. */
  protected async backendContext(): Promise<BackendContext> {
    return {
      progress: await this.progress(),
      stateDirectory: this.config.dataDir,
      signal: this.signal,
    };
  }

  /** @throws {E_INPUT_NEEDED | E_CONFIG | E_DECLINED} see `passphrase` */
  protected async passphrase(options: PassphraseOptions): Promise<string> {
    const { passphrase } = await import("./passphrase/passphrase.ts");
    return passphrase(options, this.globals, this.signal);
  }

  /** @throws {E_DECLINED | E_INPUT_NEEDED} */
  protected async confirm(question: string): Promise<void> {
    const { confirm } = await import("./passphrase/confirmation.ts");
    await confirm(question, this.globals, this.signal);
  }

  /** Gives the answer: one JSON document with `--json`, else the text, where there is any. */
  protected async answer(document: unknown, text: () => string): Promise<void> {
    this.renderer?.close();
    if (this.globals.json) {
      await writeDocument(document);
      return;
    }
    const told = text();
    if (told !== "") await writeOut(told.endsWith("\n") ? told : `${told}\n`);
  }

  /** Gives an answer of many rows, one at a time: memory does not grow with them. */
  protected async answerRows<Row>(
    name: string,
    rows: AsyncIterable<Row>,
    render: { readonly json: (row: Row) => unknown; readonly text: (row: Row) => string },
  ): Promise<void> {
    const { signal } = this;
    async function* documents(): AsyncGenerator {
      for await (const row of rows) {
        signal.throwIfAborted();
        yield render.json(row);
      }
    }
    if (this.globals.json) {
      await writeListDocument(name, documents(), failureDocument);
      return;
    }
    for await (const row of rows) {
      signal.throwIfAborted();
      await writeOut(`${render.text(row)}\n`);
    }
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    this.globals = globalOptions(parsed.flags);
    return parsed;
  }

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  // oclif calls it at the end of every command, failed or not.
  protected override async finally(): Promise<void> {
    this.renderer?.close();
  }
}
