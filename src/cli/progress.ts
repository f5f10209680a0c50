/** A line that moves on a terminal; nothing where nobody watches. */
export function progressTeller(): (done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, total) => {
    process.stderr.write(`\r${done} of ${total} events${done >= total ? '\n' : ''}`);
  };
}
