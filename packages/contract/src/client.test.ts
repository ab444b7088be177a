import { describe, expect, test } from "vitest";
import { createApiClient, problemToError, unwrap } from "./client.ts";

function clientAnswering(answer: () => Response) {
  const seen: Request[] = [];
  const fetch = async (request: Request) => {
    seen.push(request);
    return answer();
  };
  return { seen, client: createApiClient({ baseUrl: "http://host.test", token: "t", fetch }) };
}

describe("the client", () => {
  test("puts parameters into the path, the token into the header and the body as JSON", async () => {
    const { seen, client } = clientAnswering(() =>
      Response.json({ messageId: "msg_1", state: "queued" }, { status: 202 }),
    );
    const sent = await unwrap(
      client.POST("/sessions/{id}/turns", { params: { path: { id: "a b" } }, body: { text: "hi" } }),
    );
    expect(sent).toEqual({ messageId: "msg_1", state: "queued" });
    expect(seen[0]?.url).toBe("http://host.test/api/sessions/a%20b/turns");
    expect(seen[0]?.headers.get("authorization")).toBe("Bearer t");
    expect(await seen[0]?.json()).toEqual({ text: "hi" });
  });

  test("throws the error that a problem document describes", async () => {
    const problem = {
      type: "x",
      title: "t",
      status: 409,
      detail: "sent already",
      code: "already-sent",
      next: "send a new one",
    };
    const { client } = clientAnswering(() => Response.json(problem, { status: 409 }));
    const call = unwrap(client.GET("/processes/{id}", { params: { path: { id: "a" } } }));
    await expect(call).rejects.toMatchObject({
      code: "already-sent",
      status: 409,
      message: "sent already",
      data: { next: "send a new one" },
    });
  });

  test("makes an internal error of an answer that is no problem document", () => {
    expect(problemToError("<html>", 502)).toMatchObject({ code: "internal", status: 502 });
  });
});
