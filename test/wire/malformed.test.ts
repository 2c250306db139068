/**
 * Requests that no well-behaved client sends: broken HTTP, bodies that lie about their length, clients that
 * stall or vanish. Each gets a clear refusal or a closed connection; nothing is stored, nothing leaks, and
 * the service goes on answering.
 */
import assert from "node:assert/strict";
import { readdir, readlink } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { generateBytes, sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  formatRequest,
  type HeaderList,
  openWire,
  signHead,
  type Wire,
  type WireAnswer,
} from "../support/wire-client.ts";
import {
  headOf,
  perform,
  signedBytes,
  startWireServer,
  type WireCall,
  type WireServer,
} from "../support/wire-server.ts";

const IDLE_MS = 500;
const MIB = 1024 * 1024;
const ZERO_HASH = "0".repeat(64);
const BODY = generateBytes(0, 100_000);

let server: WireServer;
let uploadId = "";

before(async () => {
  server = await startWireServer({ "idle-timeout": `${IDLE_MS}ms` });
  await perform(server, { method: "PUT", target: "/-/vaults/v" });
  assert.equal((await perform(server, uploadCall())).status, 201);
  const target = "/-/vaults/v/multipart-uploads";
  const headers: HeaderList = [["x-amz-part-size", String(MIB)]];
  const started = await perform(server, { method: "POST", target, headers });
  uploadId = started.header("x-amz-multipart-upload-id") ?? "";
});

after(() => server.stop());

const describeV: WireCall = { method: "GET", target: "/-/vaults/v" };

function hashHeaders(body: Uint8Array): [string, string][] {
  return [
    ["x-amz-content-sha256", sha256Hex(body)],
    ["x-amz-sha256-tree-hash", treeHashHex(body)],
  ];
}

function uploadCall(headers: HeaderList = []): WireCall {
  const target = "/-/vaults/v/archives";
  return { method: "POST", target, headers: [...hashHeaders(BODY), ...headers], body: BODY };
}

function partCall(): WireCall {
  const headers: HeaderList = [
    ...hashHeaders(BODY),
    ["Content-Range", `bytes 0-${BODY.length - 1}/*`],
  ];
  const target = `/-/vaults/v/multipart-uploads/${uploadId}`;
  return { method: "PUT", target, headers, body: BODY };
}

/** Everything that a client can see of what is stored, and the files behind it. */
async function look(): Promise<unknown> {
  const targets = [
    "/-/vaults",
    "/-/vaults/v",
    "/-/vaults/v/tags",
    "/-/vaults/v/jobs",
    "/-/vaults/v/multipart-uploads",
    `/-/vaults/v/multipart-uploads/${uploadId}`,
  ];
  const answers = await Promise.all(
    targets.map((target) => perform(server, { method: "GET", target })),
  );
  assert.deepEqual(
    answers.map((answer) => answer.status),
    targets.map(() => 200),
  );
  return { shown: answers.map((answer) => answer.json()), files: await server.listBlobFiles() };
}

/** Descriptors of this process on sockets and on files of the service. */
async function countDescriptors(): Promise<number> {
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(
    names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  return targets.filter(
    (target) => target.startsWith("socket:") || target.startsWith(`${server.dataDir}/blobs`),
  ).length;
}

/** Waits until `check` passes; what a client abandons is cleaned up shortly after, not at once. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (true) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) {
        throw error;
      }
      await sleep(25);
    }
  }
}

/** Runs `act` and checks that it left no trace: data, files, descriptors, internal failures. */
async function leavesNoTrace(act: (wire: Wire) => Promise<void>): Promise<void> {
  const [seen, descriptors, logged] = [await look(), await countDescriptors(), server.log.length];
  const wire = await openWire(server.port);
  try {
    await act(wire);
  } finally {
    wire.destroy();
  }
  await eventually(async () => {
    assert.deepEqual(await look(), seen);
    assert.ok((await countDescriptors()) <= descriptors, "a descriptor leaked");
  });
  const failures = server.log
    .slice(logged)
    .filter(({ level, fields }) => level === "error" || Number(fields["status"]) >= 500);
  assert.deepEqual(failures, []);
}

function assertRefusal(answer: WireAnswer, status: number, code: string, message?: RegExp): void {
  const text = answer.body.toString();
  assert.equal(answer.status, status, text);
  assert.equal(answer.json()["code"], code);
  assert.equal(answer.header("Content-Type"), "application/json");
  assert.match(String(answer.header("x-amzn-RequestId")), /^[\w-]{47}$/);
  assert.match(String(answer.header("Date")), / GMT$/);
  if (message !== undefined) {
    assert.match(String(answer.json()["message"]), message);
  }
}

/** A refusal, or the end of the connection without an answer. */
async function refusalOrEnd(wire: Wire): Promise<void> {
  const answer = await wire.receive().catch(() => undefined);
  if (answer !== undefined) {
    assert.ok(answer.status >= 400 && answer.status < 500, answer.statusLine);
  }
}

describe("bytes that are no HTTP request", () => {
  const rows: [string, string][] = [
    ["garbage", "GARBAGE\r\n\r\n"],
    ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["an unknown method", "FETCH /-/vaults HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["a method in lower case", "get /-/vaults HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["another protocol", "GET /-/vaults SMTP/1.1\r\nHost: x\r\n\r\n"],
    ["an unknown version", "GET /-/vaults HTTP/7.3\r\nHost: x\r\n\r\n"],
    ["a space in the target", "GET /-/vau lts HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["a header without a colon", "GET /-/vaults HTTP/1.1\r\nHost\r\n\r\n"],
    ["a space before the colon", "GET /-/vaults HTTP/1.1\r\nHost : x\r\n\r\n"],
    ["a zero byte in a header", "GET /-/vaults HTTP/1.1\r\nHost: x\0y\r\n\r\n"],
    ["a word as length", "POST /-/vaults HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n"],
    ["a negative length", "POST /-/vaults HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"],
    ["a length beyond 64 bits", `POST / HTTP/1.1\r\nContent-Length: ${"9".repeat(30)}\r\n\r\n`],
    [
      "two different lengths",
      "POST /-/vaults HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ],
    [
      "the same length twice",
      "POST /-/vaults HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    ],
    [
      "a length and chunks",
      "POST /-/vaults HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ];
  for (const [what, bytes] of rows) {
    it(`are refused: ${what}`, async () => {
      await leavesNoTrace(async (wire) => {
        void wire.send(bytes);
        assertRefusal(await wire.receive(), 400, "BadRequest");
        assert.equal((await wire.awaitEnd()).length, 0);
      });
    });
  }

  it("are refused when chunks are broken", async () => {
    await leavesNoTrace(async (wire) => {
      const call = { method: "POST", target: "/-/vaults/v/tags?operation=add" };
      const head = { ...headOf(server, call) };
      const headers: HeaderList = [...head.headers, ["Transfer-Encoding", "chunked"]];
      const signed = signHead({ ...head, headers }, new Uint8Array(), server.signing("us-east-1"));
      void wire.send(Buffer.concat([formatRequest(signed), Buffer.from("zz\r\n")]));
      await refusalOrEnd(wire);
    });
  });

  it("end the connection without an answer that could be taken for an earlier request's", async () => {
    await leavesNoTrace(async (wire) => {
      await wire.send(signedBytes(server, describeV));
      assert.equal((await wire.receive()).status, 200);
      await wire.send("GARBAGE\r\n\r\n");
      assert.equal((await wire.awaitEnd()).length, 0);
    });
  });

  it("do not stop others from being answered when they come in hundreds", async () => {
    await leavesNoTrace(async () => {
      const rounds = Array.from({ length: 200 }, async () => {
        const wire = await openWire(server.port);
        void wire.send("\r\n\0\0");
        await sleep(5);
        wire.destroy();
      });
      await Promise.all(rounds);
      assert.equal((await perform(server, describeV)).status, 200);
    });
  });
});

describe("the head of a request", () => {
  it("may be nearly 32 KiB", async () => {
    const plain = signedBytes(server, describeV).length;
    const filler: HeaderList = [["filler", "f".repeat(32 * 1024 - plain - 64)]];
    assert.equal((await perform(server, { ...describeV, headers: filler })).status, 200);
  });

  it("may have hundreds of headers", async () => {
    const headers = Array.from({ length: 1500 }, (_, index): [string, string] => [
      `h${index}`,
      "x",
    ]);
    assert.equal((await perform(server, { ...describeV, headers })).status, 200);
  });

  for (const [what, call] of [
    ["headers", { ...describeV, headers: [["filler", "f".repeat(33 * 1024)]] }],
    ["path", { method: "GET", target: `/-/vaults/${"v".repeat(33 * 1024)}` }],
    ["query", { method: "GET", target: `/-/vaults?marker=${"m".repeat(33 * 1024)}` }],
  ] satisfies [string, WireCall][]) {
    it(`is refused with more than 32 KiB of ${what}`, async () => {
      await leavesNoTrace(async (wire) => {
        void wire.send(signedBytes(server, call));
        const message = /^Request line and headers exceed 32768 bytes$/;
        assertRefusal(await wire.receive(), 400, "BadRequest", message);
        await wire.awaitEnd();
      });
    });
  }

  for (const target of [
    "/-/vaults/%",
    "/-/vaults/%zz",
    "/-/vaults/%e",
    "/-/vaults/%ff",
    "/-/vaults/%c3%28",
    "/-/vaults/%ed%a0%80",
    "/-/vaults?marker=%",
    "/-/vaults?marker=%fe",
    "/-/vaults?%=1",
    "/-/vaults/\xff",
    "/-/vaults?marker=\xc3",
    "*",
  ]) {
    it(`is refused with the target ${JSON.stringify(target)}`, async () => {
      await leavesNoTrace(async (wire) => {
        const head = headOf(server, { method: "GET", target: "/-/vaults" });
        const signed = signHead(head, new Uint8Array(), server.signing("us-east-1"));
        void wire.send(formatRequest({ ...signed, target }));
        assertRefusal(await wire.receive(), 400, "BadRequest");
      });
    });
  }

  it("is refused with the method HEAD, without a body, and the connection goes on", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send(signedBytes(server, { method: "HEAD", target: "/-/vaults/v" }));
      const answer = await wire.receive({ toHead: true });
      assert.equal(answer.status, 400);
      assert.equal(answer.header("x-amzn-ErrorType"), "BadRequest");
      void wire.send(signedBytes(server, describeV));
      assert.equal((await wire.receive()).status, 200);
    });
  });

  it("is refused without a Host", async () => {
    await leavesNoTrace(async (wire) => {
      const head = headOf(server, describeV);
      const signed = signHead(head, new Uint8Array(), server.signing("us-east-1"));
      const headers = signed.headers.filter(([name]) => name !== "Host");
      void wire.send(formatRequest({ ...signed, headers }));
      assertRefusal(await wire.receive(), 403, "InvalidSignatureException");
    });
  });

  it("is refused when a header of the signature comes twice", async () => {
    for (const name of ["Host", "x-amz-date", "authorization"]) {
      await leavesNoTrace(async (wire) => {
        const head = headOf(server, describeV);
        const signed = signHead(head, new Uint8Array(), server.signing("us-east-1"));
        const copied = signed.headers.filter(([candidate]) => candidate === name);
        void wire.send(formatRequest({ ...signed, headers: [...signed.headers, ...copied] }));
        const answer = await wire.receive();
        assert.ok([400, 403].includes(answer.status), `${name}: ${answer.statusLine}`);
      });
    }
  });

  it("may be of HTTP/1.0, whose connection ends with the answer", async () => {
    await leavesNoTrace(async (wire) => {
      const bytes = signedBytes(server, describeV).toString("latin1");
      void wire.send(bytes.replace("HTTP/1.1", "HTTP/1.0"));
      assert.equal((await wire.receive()).status, 200);
      assert.equal((await wire.awaitEnd()).length, 0);
    });
  });

  it("may not open a tunnel or change the protocol", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n");
      await refusalOrEnd(wire);
    });
    await leavesNoTrace(async (wire) => {
      const headers: HeaderList = [
        ["Upgrade", "websocket"],
        ["Connection", "Upgrade"],
      ];
      void wire.send(signedBytes(server, { ...describeV, headers }));
      assert.equal((await wire.receive()).status, 200);
    });
  });
});

describe("the JSON of a request", () => {
  const tags = { method: "POST", target: "/-/vaults/v/tags?operation=add" };

  for (const [what, body] of [
    ["10,000 levels of lists", `{"Tags":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
    ["a million levels of lists", `{"Tags":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`],
    ["10,000 levels of objects", `${`{"Tags":`.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["lists that never end", "[".repeat(MIB)],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      await leavesNoTrace(async (wire) => {
        void wire.send(signedBytes(server, { ...tags, body }));
        assertRefusal(await wire.receive(), 400, "SerializationException");
      });
    });
  }

  it("is refused beyond 2 MiB, announced or in chunks", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send(signedBytes(server, { ...tags, body: " ".repeat(3 * MIB) }));
      const message = /at most 2097152 bytes/;
      assertRefusal(await wire.receive(), 400, "InvalidParameterValueException", message);
    });
    await leavesNoTrace(async (wire) => {
      const headers: HeaderList = [["Transfer-Encoding", "chunked"]];
      void wire.send(signedBytes(server, { ...tags, headers }));
      const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
      void wire.send(`${chunk.repeat(48)}0\r\n\r\n`);
      assertRefusal(await wire.receive(), 400, "InvalidParameterValueException", /2097152/);
    });
  });

  it("may come in chunks", async () => {
    const body = `{"TagKeys":["unknown"]}`;
    await leavesNoTrace(async (wire) => {
      const head = headOf(server, { ...tags, target: "/-/vaults/v/tags?operation=remove" });
      const headers: HeaderList = [...head.headers, ["Transfer-Encoding", "chunked"]];
      const signed = signHead({ ...head, headers }, Buffer.from(body), server.signing("us-east-1"));
      void wire.send(formatRequest(signed));
      for (const character of body) {
        void wire.send(`1\r\n${character}\r\n`);
      }
      void wire.send("0\r\n\r\n");
      assert.equal((await wire.receive()).status, 204);
    });
  });
});

describe("a body of another length than announced", () => {
  it("never brings an answer that is not the request's own when it is longer", async () => {
    await leavesNoTrace(async (wire) => {
      const call = { ...describeV, body: "12345" };
      void wire.send(Buffer.concat([signedBytes(server, call), Buffer.from("67890\r\n\r\n")]));
      const answer = await wire.receive().catch(() => undefined);
      assert.equal(answer?.status ?? 200, 200, String(answer?.body));
      await wire.awaitEnd();
    });
  });

  it("stores nothing when an archive is longer, and says so or nothing", async () => {
    await leavesNoTrace(async (wire) => {
      const length: HeaderList = [["Content-Length", String(BODY.length - 1)]];
      void wire.send(signedBytes(server, uploadCall(length)));
      const answer = await wire.receive().catch(() => undefined);
      if (answer !== undefined) {
        assertRefusal(answer, 403, "InvalidSignatureException", /payload hash/);
      }
      await wire.awaitEnd();
    });
  });

  for (const [what, makeCall] of [
    ["an archive", uploadCall],
    ["a part", partCall],
  ] as const) {
    it(`stores nothing when the client ends ${what} too early`, async () => {
      for (const missing of [1, 1000, BODY.length - 1, BODY.length]) {
        await leavesNoTrace(async (wire) => {
          const bytes = signedBytes(server, makeCall());
          await wire.send(bytes.subarray(0, bytes.length - missing));
          wire.end();
          await refusalOrEnd(wire);
          await wire.awaitEnd();
        });
      }
    });
  }
});

interface EarlyRefusal {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly call: () => WireCall;
  /** The head as sent, when it is not simply the signed call. */
  readonly spoil?: (bytes: string) => string;
}

const earlyRefusals: readonly EarlyRefusal[] = [
  {
    what: "no authentication",
    status: 400,
    code: "MissingAuthenticationTokenException",
    call: () => uploadCall(),
    spoil: (bytes) => bytes.replace(/authorization: .*\r\n/, ""),
  },
  {
    what: "a bad signature",
    status: 403,
    code: "InvalidSignatureException",
    call: () => uploadCall(),
    spoil: (bytes) => bytes.replace(/Signature=..../, "Signature=0000"),
  },
  {
    what: "an absent vault",
    status: 404,
    code: "ResourceNotFoundException",
    call: () => ({ ...uploadCall(), target: "/-/vaults/absent/archives" }),
  },
  {
    what: "another account",
    status: 403,
    code: "AccessDeniedException",
    call: () => ({ ...uploadCall(), target: "/999988887777/vaults/v/archives" }),
  },
  {
    what: "an unknown path",
    status: 400,
    code: "BadRequest",
    call: () => ({ ...uploadCall(), target: "/-/vaults/v/archive" }),
  },
  {
    what: "a bad size",
    status: 400,
    code: "InvalidParameterValueException",
    call: () => uploadCall([["Content-Length", "4294967297"]]),
  },
  {
    what: "a bad tree hash header",
    status: 400,
    code: "InvalidParameterValueException",
    call: () => ({
      ...uploadCall(),
      headers: [
        ["x-amz-content-sha256", ZERO_HASH],
        ["x-amz-sha256-tree-hash", "abc"],
      ],
    }),
  },
  {
    what: "an absent tree hash header",
    status: 400,
    code: "MissingParameterValueException",
    call: () => ({ ...uploadCall(), headers: [["x-amz-content-sha256", ZERO_HASH]] }),
  },
  {
    what: "a bad description",
    status: 400,
    code: "InvalidParameterValueException",
    call: () => uploadCall([["x-amz-archive-description", "d".repeat(1025)]]),
  },
  {
    what: "an unknown upload",
    status: 404,
    code: "ResourceNotFoundException",
    call: () => ({ ...partCall(), target: "/-/vaults/v/multipart-uploads/unknown" }),
  },
  {
    what: "a bad range",
    status: 400,
    code: "InvalidParameterValueException",
    call: () => ({
      ...partCall(),
      headers: [...hashHeaders(BODY), ["Content-Range", `bytes 5-${BODY.length + 4}/*`]],
    }),
  },
];

function headBytes(call: WireCall): string {
  const bytes = signedBytes(server, call);
  return bytes.toString("latin1", 0, bytes.indexOf("\r\n\r\n") + 4);
}

describe("an upload that is refused early", () => {
  for (const { what, status, code, call, spoil = (bytes: string) => bytes } of earlyRefusals) {
    it(`is answered before its body is sent: ${what}`, async () => {
      await leavesNoTrace(async (wire) => {
        void wire.send(spoil(headBytes(call())));
        const startedAt = performance.now();
        assertRefusal(await wire.receive(), status, code);
        assert.ok(performance.now() - startedAt < IDLE_MS, "the answer waited for the body");
      });
    });

    it(`gets no 100 Continue: ${what}`, async () => {
      await leavesNoTrace(async (wire) => {
        const expecting = call();
        const headers: HeaderList = [...(expecting.headers ?? []), ["Expect", "100-continue"]];
        void wire.send(spoil(headBytes({ ...expecting, headers })));
        const answer = await wire.receive();
        assertRefusal(answer, status, code);
        assert.deepEqual(answer.interim, []);
        assert.equal(answer.header("Connection"), "close");
      });
    });
  }

  it("keeps the connection when the rest of the body is small and comes", async () => {
    await leavesNoTrace(async (wire) => {
      const call = { ...uploadCall(), target: "/-/vaults/absent/archives" };
      void wire.send(headBytes(call));
      assertRefusal(await wire.receive(), 404, "ResourceNotFoundException");
      void wire.send(BODY);
      void wire.send(signedBytes(server, describeV));
      assert.equal((await wire.receive()).status, 200);
    });
  });

  it("reaches a client that keeps sending, whose connection then ends within a bound", async () => {
    await leavesNoTrace(async (wire) => {
      const length: HeaderList = [["Content-Length", String(1024 * MIB)]];
      const call = { ...uploadCall(length), target: "/-/vaults/absent/archives" };
      void wire.send(headBytes(call));
      const chunk = Buffer.alloc(256 * 1024);
      let sentBytes = 0;
      const sending = (async () => {
        while (!wire.isEnded() && sentBytes < 1024 * MIB) {
          await Promise.race([wire.send(chunk), wire.awaitEnd()]);
          sentBytes += chunk.length;
        }
      })();
      const answer = await wire.receive();
      assertRefusal(answer, 404, "ResourceNotFoundException");
      assert.equal(answer.header("Connection"), "close");
      const startedAt = performance.now();
      await wire.awaitEnd();
      assert.ok(performance.now() - startedAt < 8_000, "the connection stayed open too long");
      await sending;
      assert.ok(sentBytes < 200 * MIB, `${sentBytes} bytes were taken from a refused client`);
    });
  });

  it("ends the connection of a client that announced a large body and sends nothing", async () => {
    await leavesNoTrace(async (wire) => {
      const length: HeaderList = [["Content-Length", String(100 * MIB)]];
      void wire.send(headBytes({ ...uploadCall(length), target: "/-/vaults/absent/archives" }));
      assertRefusal(await wire.receive(), 404, "ResourceNotFoundException");
      await wire.awaitEnd();
    });
  });
});

describe("Expect: 100-continue", () => {
  it("is answered with 100 before the body is read, and the upload succeeds", async () => {
    const wire = await openWire(server.port);
    void wire.send(headBytes(uploadCall([["Expect", "100-continue"]])));
    assert.equal(await wire.receiveInterim(), 100);
    void wire.send(BODY);
    const answer = await wire.receive();
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.interim, []);
    void wire.send(signedBytes(server, describeV));
    assert.equal((await wire.receive()).status, 200);
    wire.destroy();
  });

  it("is not waited for when the client sends its body at once", async () => {
    const wire = await openWire(server.port);
    void wire.send(signedBytes(server, uploadCall([["Expect", "100-continue"]])));
    assert.equal((await wire.receive()).status, 201);
    wire.destroy();
  });

  it("is answered for operations that read a body to check its hash", async () => {
    await leavesNoTrace(async (wire) => {
      const body = `{"TagKeys":["unknown"]}`;
      const call = {
        method: "POST",
        target: "/-/vaults/v/tags?operation=remove",
        headers: [["Expect", "100-continue"] as const],
        body,
      };
      void wire.send(headBytes(call));
      assert.equal(await wire.receiveInterim(), 100);
      void wire.send(body);
      assert.equal((await wire.receive()).status, 204);
    });
  });

  it("of another kind does no harm", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send(signedBytes(server, { ...describeV, headers: [["Expect", "the-best"]] }));
      const answer = await wire.receive();
      assert.ok(answer.status === 200 || answer.status === 417, answer.statusLine);
    });
  });
});

describe("a client that is slow or gone", () => {
  for (const [what, makeCall] of [
    ["an archive", uploadCall],
    ["a part", partCall],
    ["JSON", () => ({ method: "POST", target: "/-/vaults/v/jobs", body: " ".repeat(1000) })],
  ] satisfies [string, () => WireCall][]) {
    it(`gets a 408 when it stops sending ${what}`, async () => {
      for (const cut of [1, 500]) {
        await leavesNoTrace(async (wire) => {
          const bytes = signedBytes(server, makeCall());
          void wire.send(bytes.subarray(0, bytes.length - cut));
          const answer = await wire.receive();
          assertRefusal(answer, 408, "RequestTimeoutException", /^Request timed out\.$/);
        });
      }
    });
  }

  it("may be slow as long as it keeps sending", async () => {
    const wire = await openWire(server.port);
    const bytes = signedBytes(server, uploadCall());
    const step = Math.ceil(bytes.length / 8);
    for (let start = 0; start < bytes.length; start += step) {
      void wire.send(bytes.subarray(start, start + step));
      await sleep(IDLE_MS / 3);
    }
    assert.equal((await wire.receive()).status, 201);
    wire.destroy();
  });

  it("gets a 408 when the head of its request never ends", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send("GET /-/vaults HTTP/1.1\r\nHost: x\r\nslow: ");
      const startedAt = performance.now();
      const answer = await wire.receive();
      assertRefusal(answer, 408, "RequestTimeoutException", /^Request timed out\.$/);
      await wire.awaitEnd();
      const bound = IDLE_MS + 5_000;
      assert.ok(performance.now() - startedAt < bound, "a head was waited for too long");
    });
  });

  it("is let go when the head of its request comes byte by byte", async () => {
    await leavesNoTrace(async (wire) => {
      void wire.send("GET /-/vaults HTTP/1.1\r\nHost: x\r\nslow: ");
      const startedAt = performance.now();
      const bound = IDLE_MS + 5_000;
      while (!wire.isEnded() && performance.now() - startedAt < bound) {
        void wire.send("x");
        await sleep(IDLE_MS / 5);
      }
      assert.ok(wire.isEnded(), "a head was waited for too long");
    });
  });

  for (const [what, makeCall] of [
    ["an archive", uploadCall],
    ["a part", partCall],
  ] as const) {
    it(`leaves nothing when it vanishes in the middle of ${what}`, async () => {
      await leavesNoTrace(async () => {
        const length = signedBytes(server, makeCall()).length;
        const cuts = Array.from({ length: 24 }, (_, index) => Math.floor((length * index) / 24));
        await Promise.all(
          cuts.map(async (cut) => {
            const wire = await openWire(server.port);
            await wire.send(signedBytes(server, makeCall()).subarray(0, cut));
            await sleep(cut % 40);
            wire.destroy();
          }),
        );
      });
    });
  }

  it("leaves no descriptor when it vanishes in the middle of a download", async () => {
    const body = generateBytes(0, 3 * MIB);
    const target = "/-/vaults/v/archives";
    const headers = hashHeaders(body);
    const uploaded = await perform(server, { method: "POST", target, headers, body });
    const archiveId = uploaded.header("x-amz-archive-id");
    const job = await perform(server, {
      method: "POST",
      target: "/-/vaults/v/jobs",
      body: JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId }),
    });
    const output = { method: "GET", target: `${job.header("Location")}/output` };
    await eventually(async () => {
      assert.equal((await perform(server, output)).status, 200);
    });
    await leavesNoTrace(async () => {
      const rounds = Array.from({ length: 20 }, async (_, index) => {
        const wire = await openWire(server.port);
        void wire.send(signedBytes(server, output));
        await sleep(index);
        wire.destroy();
      });
      await Promise.all(rounds);
    });
  });
});

describe("one connection", () => {
  it("answers pipelined requests in their order", async () => {
    await leavesNoTrace(async (wire) => {
      const names = Array.from({ length: 50 }, (_, index) => `absent-${index}`);
      const requests = names.map((name) =>
        signedBytes(server, { method: "GET", target: `/-/vaults/${name}` }),
      );
      void wire.send(Buffer.concat([...requests, signedBytes(server, describeV)]));
      for (const name of names) {
        const answer = await wire.receive();
        assertRefusal(answer, 404, "ResourceNotFoundException", new RegExp(`/${name}$`));
      }
      assert.equal((await wire.receive()).status, 200);
    });
  });

  it("answers pipelined requests with bodies in their order", async () => {
    await leavesNoTrace(async (wire) => {
      const refused = { ...uploadCall(), target: "/-/vaults/absent/archives" };
      const rounds = [refused, describeV, refused, describeV].map((call) =>
        signedBytes(server, call),
      );
      void wire.send(Buffer.concat(rounds));
      for (const status of [404, 200, 404, 200]) {
        assert.equal((await wire.receive()).status, status);
      }
    });
  });

  it("serves hundreds of requests one after another, refusals among them", async () => {
    await leavesNoTrace(async (wire) => {
      for (let round = 0; round < 300; round += 1) {
        const known = round % 3 !== 0;
        const target = known ? "/-/vaults/v" : "/-/vaults/absent";
        void wire.send(signedBytes(server, { method: "GET", target }));
        assert.equal((await wire.receive()).status, known ? 200 : 404);
      }
    });
  });
});
