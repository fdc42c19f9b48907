/** The other side of `Child`: the plan it was started with, and an answer to every question. */
export function planOf<Plan>(): Plan {
  return JSON.parse(process.argv[2] ?? '{}') as Plan; // written by `Child.start`
}

export function answerWith<Question>(answer: (question: Question) => unknown): void {
  process.on('message', ({ id, question }: { id: number; question: Question }) => {
    void Promise.resolve(answer(question)).then((text) => process.send?.({ id, answer: text }));
  });
  process.on('disconnect', () => process.exit());
}
