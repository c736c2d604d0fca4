// Runs the specifications for Stryker. Its own Mocha runner needs files that Mocha 12 no longer has, and its version for Mocha 12
// needs Node 22.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext, type MutantCoverage } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

const folders = ['test/domain', 'test/persistence', 'test/activities'];

/** What instrumented code reads and writes: which mutant is active, and which mutants the current test has come across. */
const instrumented: Partial<InstrumenterContext> = ((globalThis as Record<string, unknown>)[
  INSTRUMENTER_CONSTANTS.NAMESPACE
] ??= {});

class MochaRunner implements TestRunner {
  readonly #mocha = new Mocha({ timeout: 0, reporter: reporterOf((runner) => this.#observe(runner)) });
  readonly #suites = new Map<string, Mocha.Suite>();
  #tests: TestResult[] = [];
  #loaded = false;

  capabilities() {
    // Modules are loaded once in a process. Stryker takes a new one for what runs while they load.
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    this.#mocha.cleanReferencesAfterRun(false);
    for (const folder of folders) {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.test.ts'),
      );
      for (const file of files.sort()) this.#mocha.addFile(path.resolve(folder, file));
    }
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(disableBail);
    if (result.status !== DryRunStatus.Complete || instrumented.mutantCoverage === undefined) return result;
    return { ...result, mutantCoverage: this.#perTest(instrumented.mutantCoverage) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, testFilter, mutantActivation, disableBail } = options;
    Object.assign(instrumented, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    const titles = testFilter?.map((id) => `^${id.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`).join('|') ?? '';
    this.#mocha.grep(new RegExp(titles));
    if (mutantActivation === 'static') instrumented.activeMutant = activeMutant.id;
    else delete instrumented.activeMutant;
    return toMutantRunResult(await this.#run(disableBail, activeMutant.id));
  }

  async #run(disableBail: boolean, mutant?: string): Promise<DryRunResult> {
    try {
      if (!this.#loaded) await this.#mocha.loadFilesAsync();
      this.#loaded = true;
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: String(error) };
    }
    if (mutant !== undefined) instrumented.activeMutant = mutant;
    bail(this.#mocha.suite, !disableBail);
    this.#tests = [];
    await new Promise<void>((resolve) => void this.#mocha.run(() => resolve()));
    delete instrumented.currentTestId;
    const endless = determineHitLimitReached(instrumented.hitCount, instrumented.hitLimit);
    return endless ?? { status: DryRunStatus.Complete, tests: this.#tests };
  }

  #observe(runner: Mocha.Runner): void {
    let startedAt = 0;
    runner.on('hook', (hook: Mocha.Hook) => {
      const test = hook.ctx?.currentTest;
      instrumented.currentTestId =
        test === undefined || /^"(?:before|after) all"/.test(hook.title)
          ? this.#idOfSuite(hook.parent)
          : test.fullTitle();
    });
    runner.on('test', (test) => {
      startedAt = performance.now();
      instrumented.currentTestId = test.fullTitle();
    });
    runner.on('pass', (test) => this.#tests.push({ ...resultOf(test, startedAt), status: TestStatus.Success }));
    runner.on('fail', (test, error: unknown) => {
      const failureMessage = error instanceof Error ? error.message : String(error);
      const result = resultOf(test.ctx?.currentTest ?? test, startedAt);
      this.#tests.push({ ...result, status: TestStatus.Failed, failureMessage });
    });
  }

  #idOfSuite(suite: Mocha.Suite | undefined): string {
    const id = `suite ${suite?.fullTitle()}`;
    if (suite) this.#suites.set(id, suite);
    return id;
  }

  /** What a suite's hooks come across counts for each of its tests: only with one of them do the hooks run again. */
  #perTest({ static: whileLoading, perTest }: MutantCoverage): MutantCoverage {
    const all: MutantCoverage['perTest'] = {};
    for (const [id, coverage] of Object.entries(perTest)) {
      const tests: string[] = [];
      const suite = this.#suites.get(id);
      if (suite) suite.eachTest((test) => tests.push(test.fullTitle()));
      else tests.push(id);
      for (const test of tests) all[test] = { ...all[test], ...coverage };
    }
    return { static: whileLoading, perTest: all };
  }
}

function bail(suite: Mocha.Suite, wanted: boolean): void {
  suite.bail(wanted);
  for (const child of suite.suites) bail(child, wanted);
}

function resultOf(test: Mocha.Runnable, startedAt: number): Omit<TestResult, 'status'> & { fileName: string } {
  const title = test.fullTitle();
  return { id: title, name: title, timeSpentMs: performance.now() - startedAt, fileName: test.file ?? '' };
}

/** Mocha makes a reporter for each run and gives it the runner whose events it can observe. */
function reporterOf(observe: (runner: Mocha.Runner) => void): Mocha.ReporterConstructor {
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner) {
      super(runner);
      observe(runner);
    }
  };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha', MochaRunner)];
