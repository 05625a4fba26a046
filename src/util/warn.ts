/** A warning that does not stop the program: `process.emitWarning` where it exists, else the console. Once a text. */
const said = new Set<string>();

export function warnOnce(code: string, text: string): void {
  if (said.has(text)) return;
  said.add(text);
  warn(code, text);
}

export function warn(code: string, text: string): void {
  const { process } = globalThis as {
    process?: { emitWarning?(text: string, options: { code: string }): void };
  };
  if (process?.emitWarning) process.emitWarning(text, { code });
  else console.warn(`${code}: ${text}`);
}
