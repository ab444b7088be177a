/** Upper bounds in seconds; a cancel that waits may take a minute. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const NAME = "optio_http_request_duration_seconds";

/** A request that was answered: its row of the route table, never its own path, which holds ids. */
export interface AnsweredRequest {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

interface Series {
  readonly labels: string;
  /** One count for each bound and a last one for what took longer. */
  readonly buckets: number[];
  count: number;
  sum: number;
}

/**
 * How long requests took, as a histogram by route, method and status. Counted from the first request on without the metrics
 * library, which is loaded when somebody asks for metrics.
 */
export class RequestDurations {
  readonly #series = new Map<string, Series>();

  observe({ route, method, status, seconds }: AnsweredRequest): void {
    const labels = `method="${method}",route="${route}",status="${status}"`;
    let series = this.#series.get(labels);
    if (!series) {
      series = { labels, buckets: new Array<number>(BOUNDS_S.length + 1).fill(0), count: 0, sum: 0 };
      this.#series.set(labels, series);
    }
    const bucket = BOUNDS_S.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? BOUNDS_S.length : bucket;
    series.buckets[index] = (series.buckets[index] ?? 0) + 1;
    series.count += 1;
    series.sum += seconds;
  }

  /** The histogram in Prometheus's text format. */
  render(): string {
    const head = [
      `# HELP ${NAME} Time until a request was answered; streams are not counted.`,
      `# TYPE ${NAME} histogram`,
    ];
    return [...head, ...[...this.#series.values()].flatMap(renderSeries), ""].join("\n");
  }
}

function renderSeries({ labels, buckets, count, sum }: Series): string[] {
  let below = 0;
  const lines = [...BOUNDS_S, "+Inf"].map((bound, index) => {
    below += buckets[index] ?? 0;
    return `${NAME}_bucket{le="${bound}",${labels}} ${below}`;
  });
  return [...lines, `${NAME}_sum{${labels}} ${sum}`, `${NAME}_count{${labels}} ${count}`];
}
