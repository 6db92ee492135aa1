import { createServer, type Server } from "node:http";
import { rmSync } from "node:fs";

/** Enough of a Docker engine for images and their names: it removes an image with its last name, unless one uses it. */
export interface FakeEngine {
  readonly host: string;
  /** Image id to its names. */
  readonly images: Map<string, { tags: string[]; labels: Record<string, string> }>;
  readonly containers: { name: string; imageId: string; labels: Record<string, string> }[];
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** @param socket path of a Unix socket that is made */
export async function startFakeEngine(socket: string): Promise<FakeEngine> {
  const engine: Pick<FakeEngine, "images" | "containers"> = { images: new Map(), containers: [] };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://engine");
    const { status, body } = answer(engine, request.method ?? "GET", url);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { ...engine, host: `unix://${socket}`, close: () => close(server, socket) };
}

function answer(
  { images, containers }: Pick<FakeEngine, "images" | "containers">,
  method: string,
  url: URL,
): Answer {
  const path = url.pathname.replace(/^\/v[\d.]+/, "");
  if (path === "/containers/json") {
    return {
      status: 200,
      body: containers.map((it) => ({
        Names: [`/${it.name}`],
        ImageID: it.imageId,
        Labels: it.labels,
      })),
    };
  }
  if (path === "/images/json") {
    return {
      status: 200,
      body: [...images].map(([Id, { tags, labels }]) => ({ Id, RepoTags: tags, Labels: labels })),
    };
  }
  const [, name = "", action] = /^\/images\/(.+?)(?:\/(json|tag))?$/.exec(path) ?? [];
  const found = [...images].find(([id, { tags }]) => id === name || tags.includes(name));
  if (found === undefined) return { status: 404, body: { message: `no such image: ${name}` } };
  const [id, image] = found;
  if (action === "json") return { status: 200, body: { Id: id } };
  if (action === "tag") {
    const { repo = "", tag = "" } = Object.fromEntries(url.searchParams);
    for (const other of images.values()) {
      other.tags = other.tags.filter((it) => it !== `${repo}:${tag}`);
    }
    image.tags.push(`${repo}:${tag}`);
    return { status: 201 };
  }
  if (method !== "DELETE") return { status: 405 };
  const left = image.tags.filter((it) => it !== name);
  const isUsed = containers.some(({ imageId }) => imageId === id);
  if (left.length === 0 && isUsed) return { status: 409, body: { message: "in use" } };
  if (left.length === 0) images.delete(id);
  else image.tags = left;
  return { status: 200, body: [] };
}

async function close(server: Server, socket: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(socket, { force: true });
}
