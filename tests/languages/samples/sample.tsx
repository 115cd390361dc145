import React from "react";

type Props = { title: string };

/** Shows a title. */
export const Title: React.FC<Props> = ({ title }) => {
  return <h1>{title}</h1>;
};

export const Memo = React.memo(function Inner({ title }: Props) {
  return <Title title={title} />;
});

export default function App() {
  const onClick = useCallback(() => {
    track("click");
  }, []);
  return <Title title="größe" />;
}
