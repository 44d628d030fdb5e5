export const startCountersign = () => {
  throw new Error('later');
};
