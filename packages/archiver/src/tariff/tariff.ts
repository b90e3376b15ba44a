/** A price as a decimal number in text, such as `0.00099`, so that it stays exact. */
export type Price = string;

/** How a cold object is asked for, and what that costs; docs/formats/tariff.md, "tiers". */
export interface TariffTier {
  readonly name: string;
  /** The longest wait that the provider states. */
  readonly hours: number;
  /** For each unit of data. */
  readonly retrieval: Price;
  /** For a thousand objects asked for. */
  readonly request: Price;
}

/** A provider's price list as of a day; docs/formats/tariff.md. Prices are without tax. */
export interface Tariff {
  readonly id: string;
  readonly title: string;
  /** ISO 4217: `EUR`. */
  readonly currency: string;
  /** `YYYY-MM-DD`: the day on which these prices held. */
  readonly asOf: string;
  /** Where the provider states them. */
  readonly source: string;
  /** `approximate` where a figure is not certain; `notes` say which. */
  readonly certainty: "stated" | "approximate";
  readonly notes: readonly string[];
  /** What the prices call a gigabyte: 10^9 bytes or 2^30. */
  readonly unit: "GB" | "GiB";
  readonly storage: {
    /** For each unit and month. */
    readonly perMonth: Price;
    /** What is deleted earlier is paid for so many days. */
    readonly minimumDays: number;
  };
  /** What every object takes besides its bytes; the hot part is paid at a price of its own. */
  readonly overhead: {
    readonly coldBytes: number;
    readonly hotBytes: number;
    readonly hotPerMonth: Price;
  };
  /** For a thousand requests. */
  readonly requests: { readonly put: Price; readonly list: Price; readonly get: Price };
  /** For each unit sent there. */
  readonly ingress: Price;
  /** The first is taken where none is named; none where objects are not cold. */
  readonly tiers: readonly TariffTier[];
  /** For each unit and day that a thawed copy is kept; "0" where it is not charged. */
  readonly restoredCopyPerDay: Price;
  readonly egress: {
    /** For each unit fetched. */
    readonly price: Price;
    /** Units a month that are free. */
    readonly freePerMonth: number;
  };
}

/** How many bytes the prices of a tariff call one gigabyte. */
export function unitBytes({ unit }: Pick<Tariff, "unit">): number {
  return unit === "GiB" ? 2 ** 30 : 10 ** 9;
}
