// Reads a PromQL expression with Prometheus' own grammar: which metrics, labels and label values it names.
import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

export interface PromqlNames {
  readonly selectors: readonly Selector[];
  /** Of `by`, `without`, `on` and `ignoring`. */
  readonly groupedBy: readonly string[];
}

/** @throws an Error that shows where the expression is wrong */
export function readPromql(expression: string): PromqlNames {
  const selectors: Selector[] = [];
  const groupedBy: string[] = [];
  const text = ({ from, to }: { from: number; to: number }): string => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') selectors.push(selectorOf(node.node, text));
      if (node.name === 'GroupingLabels') {
        for (const label of node.node.getChildren('LabelName')) groupedBy.push(text(label));
      }
    },
  });
  return { selectors, groupedBy };
}

function selectorOf(node: SyntaxNode, text: (node: SyntaxNode) => string): Selector {
  const metric = node.getChild('Identifier');
  const found = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    metric: metric ? text(metric) : '',
    matchers: found.map((matcher) => {
      const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((name) => {
        const child = matcher.getChild(name);
        return child ? text(child) : '';
      });
      return { label: label ?? '', operator: operator ?? '', value: (value ?? '').slice(1, -1) };
    }),
  };
}
