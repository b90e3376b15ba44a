import { ColdstowError } from "@coldstow/contracts";
import { TariffFields } from "./tariff-fields.ts";
import type { Tariff, TariffTier } from "./tariff.ts";

const topFields = [
  "id",
  "title",
  "currency",
  "asOf",
  "source",
  "certainty",
  "notes",
  "unit",
  "storage",
  "overhead",
  "requests",
  "ingress",
  "tiers",
  "restoredCopyPerDay",
  "egress",
];
const mostBytes = 2 ** 30;
const line = /^[^\p{Cc}]{1,200}$/u;

/**
 * Reads a price list; docs/formats/tariff.md.
 * @param source the file's name, for messages
 * @throws {E_CONFIG} naming the file and the field that is wrong, and what is allowed
 */
export function parseTariff(text: string, source: string): Tariff {
  const top = new TariffFields(source, "", parseJson(text, source), topFields);
  const currency = top.text("currency", /^[A-Z]{3}$/, "three capitals, such as EUR");
  const storage = top.inner("storage", ["perMonth", "minimumDays"]);
  const overhead = top.inner("overhead", ["coldBytes", "hotBytes", "hotPerMonth"]);
  const requests = top.inner("requests", ["put", "list", "get"]);
  const egress = top.inner("egress", ["price", "freePerMonth"]);
  return {
    id: top.text("id", /^[a-z0-9][a-z0-9-]{0,63}$/, "lower-case letters, digits and hyphens"),
    title: top.text("title", line, "a line of text"),
    currency,
    asOf: readDay(top),
    source: top.text("source", /^https?:\/\/[^\s\p{Cc}]{1,500}$/u, "the address of the price page"),
    certainty:
      top.text("certainty", /^(?:stated|approximate)$/, "stated, approximate") === "stated"
        ? "stated"
        : "approximate",
    notes: top.has("notes") ? top.texts("notes") : [],
    unit: top.text("unit", /^(?:GB|GiB)$/, "GB, GiB") === "GB" ? "GB" : "GiB",
    storage: {
      perMonth: storage.price("perMonth"),
      minimumDays: storage.number("minimumDays", 36_500),
    },
    overhead: {
      coldBytes: overhead.number("coldBytes", mostBytes),
      hotBytes: overhead.number("hotBytes", mostBytes),
      hotPerMonth: overhead.price("hotPerMonth"),
    },
    requests: {
      put: requests.price("put"),
      list: requests.price("list"),
      get: requests.price("get"),
    },
    ingress: top.price("ingress"),
    tiers: readTiers(top),
    restoredCopyPerDay: top.price("restoredCopyPerDay"),
    egress: {
      price: egress.price("price"),
      freePerMonth: egress.number("freePerMonth", 1_000_000),
    },
  };
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ColdstowError("E_CONFIG", `${source} is not JSON: ${reason}`, {
      subject: source,
      hint: "Correct the file; see docs/formats/tariff.md.",
    });
  }
}

function readDay(top: TariffFields): string {
  const allowed = "a day such as 2026-05-01";
  const day = top.text("asOf", /^\d{4}-\d\d-\d\d$/, allowed);
  const time = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
  return isDay ? day : top.refuse("asOf", allowed);
}

function readTiers(top: TariffFields): readonly TariffTier[] {
  const tiers = top.list("tiers", ["name", "hours", "retrieval", "request"]).map((tier) => ({
    name: tier.text("name", /^[a-z0-9][a-z0-9-]{0,31}$/i, "a word, such as standard"),
    hours: tier.number("hours", 8_760, false),
    retrieval: tier.price("retrieval"),
    request: tier.price("request"),
  }));
  const names = new Set(tiers.map(({ name }) => name.toLowerCase()));
  return names.size === tiers.length ? tiers : top.refuse("tiers", "each tier's name once");
}
