import { charge } from "./charge.ts";
import { type Cost, costOf } from "./money.ts";
import { type Tariff, unitBytes } from "./tariff.ts";

/** Objects at one destination. */
export interface StoredObjects {
  readonly objects: number;
  readonly bytes: number;
}

/** What it costs to keep objects for so many months, without tax. */
export function keepingCost(tariff: Tariff, stored: StoredObjects, months: number = 1): Cost {
  const unit = unitBytes(tariff);
  const { storage, overhead } = tariff;
  const monthly = (bytes: number): bigint => BigInt(bytes) * BigInt(months);
  return costOf(tariff.currency, [
    { what: "storage", amount: charge(storage.perMonth, monthly(stored.bytes), unit) },
    {
      what: "overhead of objects",
      amount:
        charge(storage.perMonth, monthly(stored.objects * overhead.coldBytes), unit) +
        charge(overhead.hotPerMonth, monthly(stored.objects * overhead.hotBytes), unit),
    },
  ]);
}

/** What it costs to send objects there, without tax. Each is put with one request. */
export function uploadCost(tariff: Tariff, sent: StoredObjects): Cost {
  return costOf(tariff.currency, [
    { what: "requests", amount: charge(tariff.requests.put, sent.objects, 1000) },
    { what: "ingress", amount: charge(tariff.ingress, sent.bytes, unitBytes(tariff)) },
  ]);
}

/** What must be paid for objects although they are deleted at once: the minimum storage time. */
export function leastKeepingCost(tariff: Tariff, stored: StoredObjects): Cost {
  const { minimumDays } = tariff.storage;
  const unit = BigInt(unitBytes(tariff)) * 30n;
  const held = BigInt(stored.bytes + stored.objects * tariff.overhead.coldBytes);
  return costOf(tariff.currency, [
    {
      what: `storage for ${minimumDays} days`,
      amount: charge(tariff.storage.perMonth, held * BigInt(minimumDays), unit),
    },
  ]);
}
