// An independent peer for the tests: a small server on Fedify, driven over a control API.
//
//   node server.mjs PORT [rfc9421|draft-cavage-http-signatures-12]
//
// It prints `ready` once it answers.  POST /control with {"do": NAME, ...} makes its
// actor `fatima` act; GET /control says what she received and who follows her.

import { createServer } from "node:http";
import { Temporal } from "@js-temporal/polyfill";
import {
  createFederation, generateCryptoKeyPair, MemoryKvStore,
} from "@fedify/fedify";
import {
  Accept, Announce, Create, Delete, Endpoints, Follow, Like, Note, Person, PUBLIC_COLLECTION,
  Reject, Tombstone, Undo, Update,
} from "@fedify/fedify/vocab";

const port = Number(process.argv[2]);
const firstKnock = process.argv[3] ?? "rfc9421";
const origin = `http://127.0.0.1:${port}`;
const NAME = "fatima";

const kv = new MemoryKvStore();
const received = [];
const followers = new Map();
const notes = new Map();
const pairs = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
  await generateCryptoKeyPair("Ed25519"),
];

const federation = createFederation({ kv, origin, allowPrivateAddress: true, firstKnock });

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== NAME) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Fatima",
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    });
  })
  .setKeyPairsDispatcher((_, identifier) => (identifier === NAME ? pairs : []));

federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }));
federation.setObjectDispatcher(Note, "/notes/{id}", (_, { id }) => notes.get(id) ?? null);

async function keep(ctx, activity) {
  received.push(await activity.toJsonLd({ contextLoader: ctx.contextLoader }));
}

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (ctx, follow) => {
    await keep(ctx, follow);
    const follower = await follow.getActor(ctx);
    followers.set(follower.id.href, follower);
    await send(ctx, follower, new Accept({
      id: fresh("accepts"), actor: ctx.getActorUri(NAME), object: follow, to: follower.id,
    }));
  })
  .on(Accept, keep).on(Reject, keep).on(Create, keep).on(Update, keep).on(Delete, keep)
  .on(Like, keep).on(Announce, keep)
  .on(Undo, async (ctx, undo) => {
    await keep(ctx, undo);
    const inner = await undo.getObject(ctx);
    if (inner instanceof Follow) followers.delete(undo.actorId.href);
  });

let number = 0;
function fresh(folder) {
  return new URL(`/${folder}/${++number}`, origin);
}

async function send(ctx, recipients, activity) {
  await ctx.sendActivity({ identifier: NAME }, recipients, activity, { immediate: true });
  return activity.id.href;
}

async function actor(ctx, uri) {
  const found = await ctx.lookupObject(uri);
  if (found == null) throw new Error(`nobody is at ${uri}`);
  return found;
}

function audience(ctx) {
  return { to: PUBLIC_COLLECTION, cc: ctx.getFollowersUri(NAME) };
}

function everyone() {
  return [...followers.values()];
}

const sent = new Map(); // id -> activity, to be undone

const deeds = {
  async lookup(ctx, { handle }) {
    return { id: (await actor(ctx, handle)).id.href };
  },
  async follow(ctx, { target }) {
    const whom = await actor(ctx, target);
    const follow = new Follow({ id: fresh("follows"), actor: ctx.getActorUri(NAME), object: whom.id, to: whom.id });
    sent.set(follow.id.href, [follow, [whom]]);
    return { id: await send(ctx, whom, follow) };
  },
  async post(ctx, { content, reply, to }) {
    const id = `${++number}`;
    const parent = reply ? await ctx.lookupObject(reply) : null;
    const author = parent ? await parent.getAttribution(ctx) : null;
    const note = new Note({
      id: new URL(`/notes/${id}`, origin), attribution: ctx.getActorUri(NAME), content, mediaType: "text/html",
      replyTarget: parent?.id ?? null, published: Temporal.Now.instant(), ...audience(ctx),
    });
    notes.set(id, note);
    const create = new Create({
      id: new URL(`/notes/${id}/activity`, origin), actor: ctx.getActorUri(NAME), object: note, ...audience(ctx),
    });
    await send(ctx, [...everyone(), ...(author ? [author] : [])], create);
    return { id: note.id.href };
  },
  async edit(ctx, { id, content }) {
    const name = id.split("/").at(-1);
    const note = notes.get(name).clone({ content, updated: Temporal.Now.instant() });
    notes.set(name, note);
    const update = new Update({ id: fresh("updates"), actor: ctx.getActorUri(NAME), object: note, ...audience(ctx) });
    return { id: await send(ctx, everyone(), update) };
  },
  async delete(ctx, { id }) {
    notes.delete(id.split("/").at(-1));
    const gone = new Delete({
      id: new URL(`${id}#delete`), actor: ctx.getActorUri(NAME), object: new Tombstone({ id: new URL(id) }),
      ...audience(ctx),
    });
    return { id: await send(ctx, everyone(), gone) };
  },
  async like(ctx, { object }) {
    return await react(ctx, Like, object);
  },
  async boost(ctx, { object }) {
    return await react(ctx, Announce, object, audience(ctx));
  },
  async undo(ctx, { id }) {
    const [activity, recipients] = sent.get(id);
    const undo = new Undo({ id: fresh("undos"), actor: ctx.getActorUri(NAME), object: activity });
    return { id: await send(ctx, recipients, undo) };
  },
};

async function react(ctx, Kind, uri, more = {}) {
  const object = await ctx.lookupObject(uri);
  const author = await object.getAttribution(ctx);
  const made = new Kind({ id: fresh("reactions"), actor: ctx.getActorUri(NAME), object: object.id, ...more });
  sent.set(made.id.href, [made, [author]]);
  return { id: await send(ctx, author, made) };
}

async function control(request) {
  const ctx = federation.createContext(new URL(origin), undefined);
  if (request.method === "GET") {
    const peer = new URL(request.url).searchParams.get("peer");
    const knock = peer ? await kv.get(["_fedify", "httpMessageSignaturesSpec", peer]) : null;
    return Response.json({ received, followers: [...followers.keys()], knock: knock ?? null });
  }
  try {
    const asked = await request.json();
    return Response.json(await deeds[asked.do](ctx, asked));
  } catch (error) {
    return Response.json({ error: `${error?.stack ?? error}` }, { status: 500 });
  }
}

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : Buffer.concat(chunks);
  const request = new Request(new URL(incoming.url, origin), { method: incoming.method, headers, body });
  const answer = new URL(request.url).pathname === "/control"
    ? await control(request)
    : await federation.fetch(request, { contextData: undefined });
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(port, "127.0.0.1", () => console.log("ready"));
