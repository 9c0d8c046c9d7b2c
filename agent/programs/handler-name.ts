/** A handler by its parts. */
export interface HandlerName {
  module: string;
  function: string;
}

/** What the code of a handler's module is called where its name says nothing of it, as in AWS's console. */
const usual = { python: 'lambda_function', javascript: 'index' };

/**
 * Takes a handler's name apart as AWS does: Python's function is behind the last dot, Node's behind the first one after the last
 * slash. A name without a dot is a function's. The module is nothing but the name of the code, so what can't be one is left aside.
 */
export function handlerName(text: string, language: 'python' | 'javascript'): HandlerName {
  const name = text.slice(text.lastIndexOf('/') + 1);
  const dot = language === 'python' ? name.lastIndexOf('.') : name.indexOf('.');
  const module = dot > 0 ? name.slice(0, dot).split('.').at(-1)! : '';
  return { module: /^[\w-]{1,64}$/.test(module) ? module : usual[language], function: name.slice(dot + 1) };
}
