{-# LANGUAGE OverloadedStrings #-}
-- |
-- Module: Data.Page
-- Copyright: (c) 2024 Somebody

-- | Pages of text.
module Data.Page (Page (..), join) where

import Data.Text (Text)

-- | A page.
data Page = Page
  { key :: Text -- ^ the key
  , body :: Text
  } deriving (Eq, Show)

newtype Key = Key Text

type Pages = [Page]

-- | What can be stored.
class Store a where
  -- | Reads one.
  get :: a -> Text -> Maybe Page
  size :: a -> Int
  size _ = 0

instance Store Page where
  get page _ = Just page

-- | Joins two pages.
join :: Page -> Page -> Page
join a (Page "" _) = a
join a b = go a
  where
    go x = x

answer :: Int
{-# INLINE answer #-}
answer = 42

#ifdef WINDOWS
newline' :: Text
newline' = "\r\n"
#else
newline' :: Text
newline' = "\n"
#endif

infixl 6 <+>
(<+>) :: Page -> Page -> Page
a <+> b = join a b

noSignature x
  | x > 0 = 1
  | otherwise = 2
