/**
 * Keeps V8's young generation at its initial size, for a command that ends within seconds. By default it grows
 * sixteenfold, and touching new memory costs more than frequent small collections. A long-running command should use
 * V8's default.
 */
export function expectShortRun(): void {
  // A newer V8 may not support the option, and would print a warning.
  if (Number.parseInt(process.versions.node, 10) > 24) return
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
