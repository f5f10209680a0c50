import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** An app made by hand, so that the very bytes can be looked at. */
export async function handmadeApp(answer: RequestListener = (_request, response) => response.end()) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An app that answers every delivery with JSON, and with nothing where `answer` gives undefined. */
export function answeringApp(answer: (payload: Payload) => unknown) {
  const payloads: Payload[] = [];
  const app = handmadeApp((_request, response) => {
    void app.then(({ received }) => {
      const body = received.at(-1)?.body ?? '';
      const payload = JSON.parse(new URLSearchParams(body).get('payload') ?? '{}') as Payload;
      payloads.push(payload);
      const json = answer(payload);
      if (json === undefined) return response.end();
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  return app.then((running) => Object.assign(running, { payloads }));
}

/** The parts of an interaction's payload that tests look at. */
export interface Payload {
  type?: string;
  value?: string;
  trigger_id?: string;
  response_url?: string;
  view?: { id: string; state: { values: object } };
  [field: string]: unknown;
}
