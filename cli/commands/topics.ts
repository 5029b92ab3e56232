/** `millrace topics`: list, describe, create, delete, add partitions. Works against any Kafka. */
import type { Command } from "commander"
import { Admin } from "../../clients/admin/admin.ts"
import { bootstrapOption, collectPair, helpOf, outputOption, wholeNumber } from "../options.ts"
import { counted, note } from "../output.ts"
import { type OutputFormat, printRows, type Row } from "../table.ts"

interface Common {
  bootstrap: string
  output: OutputFormat
}

/** Gives the command its subcommands. */
export function configure(topics: Command): void {
  topics.addHelpText("afterAll", helpText)
  topics
    .command("list")
    .description("Names of all topics.")
    .option("--internal", "also those that brokers keep for themselves", false)
    .addOption(bootstrapOption())
    .addOption(outputOption())
    .action(list)
  topics
    .command("describe [topic...]")
    .description("Partitions with their leaders and offsets; of all topics when none is named.")
    .addOption(bootstrapOption())
    .addOption(outputOption())
    .action(describe)
  topics
    .command("create <topic...>")
    .description("Create topics.")
    .option("-p, --partitions <count>", "partitions of each", wholeNumber("--partitions", 1))
    .option("-c, --set <key=value>", "a topic option; may be repeated", collectPair)
    .addOption(bootstrapOption())
    .action(create)
  topics
    .command("delete <topic...>")
    .description("Delete topics and their records.")
    .addOption(bootstrapOption())
    .action(remove)
  topics
    .command("add-partitions <topic> <count>")
    .description("Give a topic more partitions; <count> is the new total.")
    .addOption(bootstrapOption())
    .action(addPartitions)
}

const helpText = helpOf({
  examples: `
  millrace topics list --output json
  millrace topics create orders invoices --partitions 4 --set retention.ms=604800000
  millrace topics describe orders
  millrace topics add-partitions orders 8
  millrace topics delete invoices`,
})

async function withAdmin<T>(bootstrap: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ bootstrapServers: bootstrap, clientId: "millrace-cli" })
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}

async function list(options: Common & { internal: boolean }): Promise<void> {
  await withAdmin(options.bootstrap, async (admin) => {
    const topics = await admin.listTopics({ internal: options.internal })
    const rows = topics
      .map(({ name, partitionCount }) => ({ topic: name, partitions: partitionCount }))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1))
    await printRows(rows, options.output)
  })
}

async function describe(names: string[], options: Common): Promise<void> {
  await withAdmin(options.bootstrap, async (admin) => {
    const wanted = names.length > 0 ? names : (await admin.listTopics()).map(({ name }) => name)
    const partitions = (await admin.describeTopics(wanted)).flatMap((topic) =>
      topic.partitions.map((partition) => ({ ...partition, topic: topic.name })),
    )
    const starts = await admin.listOffsets(partitions, "earliest")
    const ends = await admin.listOffsets(partitions, "latest")
    const rows: Row[] = partitions.map(({ topic, partition, leader, replicas }, index) => {
      const start = starts[index]!.offset
      const end = ends[index]!.offset
      const shown = { topic, partition, leader, replicas: replicas.join(",") }
      return { ...shown, start, end, records: end - start }
    })
    await printRows(rows, options.output)
  })
}

interface CreateOptions {
  bootstrap: string
  partitions?: number
  set?: Record<string, string>
}

async function create(names: string[], options: CreateOptions): Promise<void> {
  const { bootstrap, partitions, set } = options
  const shape = {
    ...(partitions === undefined ? {} : { partitionCount: partitions }),
    ...(set === undefined ? {} : { configs: set }),
  }
  await withAdmin(bootstrap, (admin) =>
    admin.createTopics(names.map((name) => ({ name, ...shape }))),
  )
  note(`created ${names.join(", ")}`)
}

async function remove(names: string[], options: { bootstrap: string }): Promise<void> {
  await withAdmin(options.bootstrap, (admin) => admin.deleteTopics(names))
  note(`deleted ${names.join(", ")}`)
}

async function addPartitions(
  name: string,
  count: string,
  options: { bootstrap: string },
): Promise<void> {
  const total = wholeNumber("<count>", 1)(count)
  await withAdmin(options.bootstrap, (admin) => admin.createPartitions(name, total))
  note(`${name} now has ${counted(total, "partition")}`)
}
