import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The requests of each connection, one after the other. */
export interface ConnectionOrder {
  /** Hands on each request when the answer before it on its connection is out; if that one ends the connection, never. */
  readonly listener: RequestListener;
  /** Runs it when every answer on the connection before it is out; ends the connection where that cannot be. */
  whenTurnComes(socket: Duplex, answer: () => void): void;
}

/**
 * Node hands on the requests of a pipeline as it reads them, and only puts their answers in order. Then a service could see
 * a request that the client never gets an answer to, since the one before it ended the connection; and a single
 * connection could have any number of them under way.
 */
export function inOrder(handle: RequestListener): ConnectionOrder {
  const connections = new WeakMap<Duplex, Connection>();

  function listener(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const known = connections.get(socket);
    if (known === undefined) {
      connections.set(socket, { last: response, waiting: 0 });
      handle(request, response);
      return;
    }
    const before = known.last;
    known.last = response;
    // Answered, if not yet closed: Node says that a moment later.
    if (known.waiting === 0 && before.writableFinished && socket.writable) {
      handle(request, response);
      return;
    }
    known.waiting += 1;
    if (known.waiting > maxWaiting) {
      socket.destroy();
      return;
    }
    before.once("close", () => {
      known.waiting -= 1;
      if (before.writableFinished && socket.writable) handle(request, response);
    });
  }

  function whenTurnComes(socket: Duplex, answer: () => void): void {
    const last = connections.get(socket)?.last;
    if (last === undefined || (last.req.complete && last.writableFinished)) {
      answer();
    } else if (last.req.complete) {
      last.once("close", () => (last.writableFinished ? answer() : socket.destroy()));
    } else if (last.headersSent) {
      // It is the last request's own body that does not go on, and its answer has begun.
      socket.destroy();
    } else if (last.socket === socket) {
      answer();
    } else {
      last.once("socket", answer);
    }
  }

  return { listener, whenTurnComes };
}

interface Connection {
  last: ServerResponse;
  /** Requests that were read and not handed on yet. */
  waiting: number;
}

/** A pipeline longer than this is no client's, and its requests would all be kept. */
const maxWaiting = 256;
