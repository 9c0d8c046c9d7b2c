import { type Runtime, Session } from 'node:inspector';

/** What became of code: a value, or what it threw. */
export type Evaluated = { value: unknown } | { thrown: unknown; position: string | undefined };

/**
 * Evaluates code as a browser's console does, by V8's own means: `await` at the top, and `const`, `let` and `class` that may
 * be declared again.
 */
export class Evaluator {
  /** Takes values out of the inspector, which knows them by numbers only. */
  readonly #sink: { value?: unknown } = {};
  #session = new Session();
  #sinkId = '';

  constructor() {
    this.#connect();
  }

  /**
   * No evaluation of before calls back any more. When V8 collects a promise that an evaluation waits for it tells the session,
   * and telling a session in this process ends the process.
   */
  forget(): void {
    this.#session.disconnect();
    this.#session = new Session();
    this.#connect();
  }

  #connect(): void {
    this.#session.connect();
    Object.defineProperty(globalThis, 'cubbySink', { value: this.#sink, configurable: true });
    const { result } = this.#call<Runtime.EvaluateReturnType>('Runtime.evaluate', { expression: 'cubbySink' });
    this.#sinkId = result.objectId!;
    Reflect.deleteProperty(globalThis, 'cubbySink');
  }

  /** Calls back when the code has come to its end, at once where it awaits nothing; undefined when it was terminated. */
  evaluate(expression: string, done: (evaluated: Evaluated | undefined) => void): void {
    const options = { expression, replMode: true, awaitPromise: true, objectGroup: 'cell' };
    this.#session.post('Runtime.evaluate', options, (error, answer) => {
      done(error ? undefined : this.#evaluated(answer as Runtime.EvaluateReturnType));
    });
  }

  #evaluated({ result, exceptionDetails }: Runtime.EvaluateReturnType): Evaluated {
    const value = this.#valueOf(exceptionDetails?.exception ?? result);
    this.#call('Runtime.releaseObjectGroup', { objectGroup: 'cell' });
    if (!exceptionDetails) return { value };
    const { lineNumber, columnNumber, stackTrace } = exceptionDetails;
    // Syntax errors don't say where they are.
    const position = stackTrace?.callFrames.length ? undefined : `${lineNumber + 1}:${columnNumber + 1}`;
    return { thrown: value, position };
  }

  #valueOf({ objectId, unserializableValue, value }: Runtime.RemoteObject): unknown {
    this.#call('Runtime.callFunctionOn', {
      objectId: this.#sinkId,
      functionDeclaration: 'function (value) { this.value = value; }',
      arguments: [objectId ? { objectId } : unserializableValue ? { unserializableValue } : { value }],
      silent: true,
    });
    const taken = this.#sink.value;
    this.#sink.value = undefined;
    return taken;
  }

  /** In the thread that it is about the inspector answers before it returns. */
  #call<T>(method: string, parameters: object): T {
    let answer: unknown;
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer as T;
  }
}
