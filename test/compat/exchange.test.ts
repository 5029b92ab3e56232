/** What one client writes, the others read: every codec, with headers and keys. */
import { Consumer, Producer } from "../../clients/index.ts"
import type { Compression } from "../../protocol/records/compression/index.ts"
import { kcat, kcatMissing } from "../support/peers.ts"
import { describeHouses, type Server } from "./support/house.ts"
import { codecs, KafkaJsClients } from "./support/kafkajs.ts"
import { Platformatic, text } from "./support/platformatic.ts"

const COUNT = 50

interface Plain {
  key: string | null
  value: string | null
  header: string | null
}

/** A client under test: writes `COUNT` records, reads as many. */
interface Peer {
  readonly name: string
  knows(codec: string): Promise<boolean>
  write(topic: string, records: readonly Plain[], codec: string): Promise<void>
  read(topic: string): Promise<Plain[]>
  close(): Promise<void>
}

const records: readonly Plain[] = Array.from({ length: COUNT }, (_, index) => ({
  key: `key-${index}`,
  value: `value ${index} ${"text ".repeat(20)}`,
  header: "of all", // kcat gives all records of a run the same headers
}))

describeHouses("clients among each other", (server) => {
  const peers = [kafkaJs(server), platformatic(server), ours(server)]
  if (kcatMissing() === undefined) peers.push(kcatPeer(server))
  afterAll(async () => {
    for (const peer of peers) await peer.close()
  })

  const pairs = peers.flatMap((writer) =>
    codecs.map(([codec]) => [writer.name, codec, writer] as const),
  )
  it.each(pairs)("read what %s wrote with %s", async (_name, codec, writer) => {
    if (!(await writer.knows(codec))) return
    const topic = server.newName("exchange")
    await writer.write(topic, records, codec)
    for (const reader of peers) {
      if (!(await reader.knows(codec))) continue
      expect({ reader: reader.name, records: await reader.read(topic) }).toEqual({
        reader: reader.name,
        records,
      })
    }
  })
})

function kafkaJs(server: Server): Peer {
  const clients = new KafkaJsClients(server)
  return {
    name: "KafkaJS",
    knows: async () => true,
    write: async (topic, plain, codec) => {
      const messages = plain.map(({ key, value, header }) => ({
        ...{ key, value },
        headers: { header: header! },
      }))
      await clients.produce(topic, messages, codecs.find(([name]) => name === codec)![1])
    },
    read: async (topic) => {
      const received = await clients.consume(topic, COUNT)
      return received.map(({ key, value, headers }) => ({
        key,
        value: text(value),
        header: text(headers?.header as Buffer),
      }))
    },
    close: () => clients.close(),
  }
}

function platformatic(server: Server): Peer {
  const client = new Platformatic(server)
  return {
    name: "@platformatic/kafka",
    knows: async (codec) => (await client.codecs()).includes(codec), // zstd: Node 22.15
    write: async (topic, plain, codec) => {
      const messages = plain.map(({ key, value, header }) => ({
        key: Buffer.from(key!),
        value: Buffer.from(value!),
        headers: new Map([[Buffer.from("header"), Buffer.from(header!)]]),
      }))
      await client.send(topic, messages, { compression: codec })
    },
    read: async (topic) => {
      const received = await client.consume(topic, COUNT)
      return received.map(({ key, value, headers }) => ({
        key: text(key),
        value: text(value),
        header: text(headers[0]?.[1]),
      }))
    },
    close: () => client.end(),
  }
}

function ours(server: Server): Peer {
  return {
    name: "Millrace",
    knows: async () => true,
    write: async (topic, plain, codec) => {
      const compression = codec as Compression
      const producer = new Producer({ bootstrapServers: server.bootstrap, compression })
      const sends = plain.map(({ key, value, header }) =>
        producer.send({ topic, key, value, headers: { header: header! } }),
      )
      await Promise.all(sends)
      await producer.close()
    },
    read: async (topic) => {
      const consumer = new Consumer({ bootstrapServers: server.bootstrap })
      const received: Plain[] = []
      consumer.assign([{ topic, partition: 0, offset: 0 }])
      for await (const { key, value, headers } of consumer) {
        const header = headers.find((one) => one.key === "header")
        received.push({ key: text(key), value: text(value), header: text(header?.value) })
        if (received.length === COUNT) break
      }
      await consumer.close()
      return received
    },
    close: async () => undefined,
  }
}

function kcatPeer(server: Server): Peer {
  const connect = () => ["-b", server.bootstrap]
  return {
    name: "kcat",
    knows: async () => true,
    write: async (topic, plain, codec) => {
      const lines = plain.map(({ key, value }) => `${key}|${value}\n`)
      const args = ["-P", "-t", topic, "-z", codec, "-K", "|", "-H", "header=of all"]
      kcat([...connect(), ...args], lines.join(""))
    },
    read: async (topic) => {
      const format = "%k|%s|%h\n"
      const args = ["-C", "-t", topic, "-e", "-q", "-f", format]
      const lines = kcat([...connect(), ...args])
        .trimEnd()
        .split("\n")
      return lines.map((line) => {
        const [key, value, header] = line.split("|")
        return { key: key!, value: value!, header: header!.slice("header=".length) }
      })
    },
    close: async () => undefined,
  }
}
