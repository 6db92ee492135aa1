import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import type { User } from "./profile.ts";
import { user } from "./user.ts";

const users = "/api/v1/users";
let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("user", user);
});
afterAll(() => service.stop());

async function register(username: string): Promise<User> {
  const { status, body } = await service.send("POST", `${users}/register`, {
    username,
    email: `${username}@example.org`,
  });
  expect(status).toBe(201);
  return (body as { user: User }).user;
}

describe("the user service", () => {
  it("has no users at first, and says so with 200", async () => {
    const { status, body } = await service.get(users);
    expect(status).toBe(200);
    expect(body).toEqual({ users: [], total: 0, limit: 20, offset: 0 });
  });

  it("registers a user and publishes it without the e-mail address", async () => {
    const ada = await register("ada");
    expect(ada).toEqual({
      id: expect.stringMatching(/^usr_[0-9a-f]{16}$/) as string,
      username: "ada",
      email: "ada@example.org",
      created_at: "2026-01-05T10:00:00.000Z",
      updated_at: "2026-01-05T10:00:00.000Z",
      is_active: true,
      profile: {},
    });
    const events = await service.events("user");
    expect(events.at(-1)).toMatchObject({
      type: "astra.user.user_registered.v1",
      payload: { user_id: ada.id, username: "ada" },
    });
    expect(JSON.stringify(events)).not.toContain("example.org");
  });

  it("gives a name and an address to one user only, whatever the case", async () => {
    await register("grace");
    const { status, body } = await service.send("POST", `${users}/register`, {
      username: "GRACE",
      email: "Grace@Example.org",
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: { code: "conflict", taken: ["username", "email"] } });
  });

  it("names every wrong field, a password among them", async () => {
    const { status, body } = await service.send("POST", `${users}/register`, {
      username: "_x",
      email: "nobody",
      password: "secret-1",
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { problems: [{ field: "username" }, { field: "email" }, { field: "" }] },
    });
    expect(JSON.stringify(body)).not.toContain("secret-1");
  });

  it("shows a user to others without the e-mail address", async () => {
    const { id } = await register("linus");
    const { body } = await service.get(`${users}/${id}`);
    expect(body).toMatchObject({ user: { id, username: "linus" } });
    expect(JSON.stringify(body)).not.toContain("example.org");
    expect((await service.get(`${users}/usr_none`)).status).toBe(404);
  });

  it("lets users change their own profile and nobody else's", async () => {
    const { id } = await register("barbara");
    const change = { display_name: "Barbara", bio: "abstract" };
    service.clock.nowMs += 1000;

    expect((await service.send("PUT", `${users}/${id}`, change)).status).toBe(401);
    const others = await service.send("PUT", `${users}/${id}`, change, { "x-user-id": "usr_else" });
    expect(others.status).toBe(403);

    const own = await service.send("PUT", `${users}/${id}`, change, { "x-user-id": id });
    expect(own.status).toBe(200);
    expect(own.body).toMatchObject({
      user: { profile: change, updated_at: "2026-01-05T10:00:01.000Z" },
    });
    expect((await service.events("user")).at(-1)).toMatchObject({
      type: "astra.user.profile_updated.v1",
      payload: { user_id: id, updated_fields: ["display_name", "bio"] },
    });
  });

  it("refuses a change of nothing", async () => {
    const { id } = await register("edsger");
    const { status } = await service.send("PUT", `${users}/${id}`, {}, { "x-user-id": id });
    expect(status).toBe(400);
  });

  it("lists the newest first, page by page", async () => {
    for (const name of ["first", "second", "third"]) {
      service.clock.nowMs += 1000;
      await register(name);
    }
    const { body } = await service.get(`${users}?limit=2&offset=1`);
    const { users: listed } = body as { users: User[] };
    expect(listed.map(({ username }) => username)).toEqual(["second", "first"]);
    expect((await service.get(`${users}?limit=1000`)).status).toBe(400);
  });
});
